import type { Fields } from '@stockdb/contract'
import { type Change, type ChangeEvent, StockdbError } from '@stockdb/contract/wire'
import { sleep } from '../call/abort.ts'
import { cancellable } from '../call/cancellable.ts'
import type { CallOptions } from '../call/deadline.ts'
import { pauseMs } from '../call/retry.ts'
import type { Caller } from '../caller.ts'
import type { CellsOf } from '../frame/cells.ts'
import type { Frame } from '../frame/frame.ts'

/** What `tail` takes. */
export interface TailInput<F extends string> {
  /**
   * Only rows of these symbols; all by default.
   *
   * @example
   * ```ts
   * for await (const { frame } of db.daily.tail({ symbols: ['600519.SH', '000858.SZ'] })) console.log(frame?.numRows)
   * ```
   */
  readonly symbols?: readonly string[] | undefined
  /**
   * The fields to read besides symbol and date; all by default.
   *
   * @example
   * ```ts
   * for await (const { frame } of db.daily.tail({ fields: ['close'] })) console.log(frame?.columns.close)
   * ```
   */
  readonly fields?: readonly F[] | undefined
  /**
   * Goes on after this number of a write; by default only later ones.
   *
   * @example
   * ```ts
   * const { last } = await db.changes()
   * for await (const { sequence } of db.daily.tail({ since: last })) console.log(sequence)
   * ```
   */
  readonly since?: number | undefined
}

/** Rows that a write changed, as they are now; or what it deleted. */
export type TailEvent<Rows> =
  | {
      readonly sequence: number
      readonly frame: Rows
      /**
       * Counts the frames of this write from 1. At 1 again, its rows are read once more, because the server was away in between: those that
       * came before may be of an earlier state.
       */
      readonly part: number
      /** Whether this is the last frame of this write; `since` may go on after `sequence` only then. */
      readonly last: boolean
      readonly deleted?: undefined
    }
  | { readonly sequence: number; readonly deleted: DeletedSpan; readonly frame?: undefined }

/** Where rows were deleted; null where the deletion had no bound. */
export interface DeletedSpan {
  readonly symbols: readonly string[] | null
  readonly start: string | null
  readonly end: string | null
}

/** The changes of a dataset, without the events that only say that a connection listens. */
export const watch = (
  caller: Caller,
  dataset: string,
  input: object,
  options: CallOptions = {},
): AsyncGenerator<ChangeEvent, void, undefined> =>
  cancellable(async function* (signal) {
    for await (const event of caller.subscribe<ChangeEvent>(`${dataset}.watch`, input, { ...options, signal })) {
      const { ready, ...change } = event
      // A listener learns at once that changes were lost.
      if (!ready || !change.complete) yield change
    }
  }, options.signal)

/** The rows of each change, read after it arrived. */
export const tail = (
  caller: Caller,
  dataset: string,
  dated: boolean,
  { symbols, fields, since }: TailInput<string>,
  options: CallOptions = {},
): AsyncGenerator<TailEvent<Frame<CellsOf<Fields>>>, void, undefined> =>
  cancellable(async function* (signal) {
    const own = { ...options, signal }
    // Rows as they are after the change, whatever any server or client keeps.
    const read = { ...own, fresh: true }
    for await (const change of watch(caller, dataset, { symbols, since }, own)) {
      const { sequence, deleted, inserted, changed, complete } = change
      if (deleted > 0) yield { sequence, deleted: { symbols: change.symbols, start: change.start, end: change.end } }
      else if (inserted + changed > 0 || !complete) {
        const input = { ...boundsOf(change, dated), ...(fields ? { fields } : {}), ...symbolsOf(change, symbols) }
        const rows = async function* () {
          if (dated) yield* caller.stream<Fields>(`${dataset}.range`, input, read)
          else yield await caller.frame<Fields>(`${dataset}.list`, input, read)
        }
        for await (const part of againWhileAway(() => inParts(rows()), caller.timeoutOf(options), signal))
          yield { sequence, ...part }
      }
    }
  }, options.signal)

/** The frames that have rows, with their place among them. */
async function* inParts<Rows extends { readonly numRows: number }>(
  frames: AsyncIterable<Rows>,
): AsyncGenerator<{ readonly frame: Rows; readonly part: number; readonly last: boolean }, void, undefined> {
  let held: Rows | undefined
  let part = 0
  for await (const frame of frames) {
    if (frame.numRows === 0) continue
    if (held) yield { frame: held, part: ++part, last: false }
    held = frame
  }
  if (held) yield { frame: held, part: ++part, last: true }
}

/**
 * What `read` yields, from its beginning again while the server is away: a change arrived, so its rows must follow it, however
 * long a restart takes within `timeoutMs`.
 */
async function* againWhileAway<Rows>(
  read: () => AsyncIterable<Rows>,
  timeoutMs: number,
  signal: AbortSignal,
): AsyncGenerator<Rows, void, undefined> {
  const giveUpAt = performance.now() + timeoutMs
  for (let attempt = 0; ; attempt++) {
    try {
      yield* read()
      return
    } catch (error) {
      const mayPass = error instanceof StockdbError && error.retryable && !signal.aborted
      if (!mayPass || performance.now() > giveUpAt) throw error
      await sleep(pauseMs(attempt, error.retryAfterMs), signal)
    }
  }
}

const boundsOf = ({ start, end }: Change, dated: boolean): object =>
  dated ? { ...(start === null ? {} : { start }), ...(end === null ? {} : { end }) } : {}

/** The symbols to read; those that the change does not name may be gone by now. */
function symbolsOf(change: Change, asked: readonly string[] | undefined): object {
  const symbols = change.symbols ?? asked
  return symbols ? { symbols, unknownSymbols: 'ignore' } : {}
}
