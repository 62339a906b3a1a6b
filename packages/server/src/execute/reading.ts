import type { Dataset } from '@stockdb/contract'
import type { FrameChunk, FrameSource } from '@stockdb/contract/wire'
import type { Engine, Snapshot } from '../engine/engine.ts'
import type { PlannedSource } from './run.ts'

/** Where the rows of one answer may also be, besides the database. */
export interface AnswerSource {
  /** `datasets` are given if several statements read them. */
  open(datasets: readonly Dataset[] | undefined, signal: AbortSignal): Promise<PlannedSource>
}

/**
 * Opens the source of an answer and makes the answer: one state of the database if `datasets` are given, because several
 * statements read them; otherwise the engine, whose single statement sees one state anyway. The source is released when the
 * answer ends or fails.
 *
 * The maker of the answer holds a connection meanwhile, so it must not wait for anything that others hold: a second
 * connection, a heavy-call slot, or trading days that have yet to be read.
 */
export async function readAtOnce(
  engine: Engine,
  datasets: readonly Dataset[] | undefined,
  signal: AbortSignal,
  make: (reading: Snapshot) => Promise<FrameSource>,
  blocks?: AnswerSource,
): Promise<FrameSource> {
  if (!datasets && !blocks) return make(onlyStatement(engine))
  const snapshot = blocks ? await blocks.open(datasets, signal) : await engine.snapshot(datasets ?? [], signal)
  try {
    const { header, chunks } = await make(snapshot)
    return { header, chunks: endedWith(chunks, snapshot) }
  } catch (error) {
    snapshot.end()
    throw error
  }
}

/** For an answer of one statement, which opens nothing. */
function onlyStatement(engine: Engine): Snapshot {
  const read: Snapshot['read'] = (query, signal) => engine.read(query, signal)
  return { read, readLast: read, end: () => {} }
}

/**
 * The same chunks, whose snapshot ends when they are abandoned, even before the first one: a generator that never started is
 * not notified.
 */
function endedWith(chunks: AsyncIterable<FrameChunk>, snapshot: Snapshot): AsyncIterable<FrameChunk> {
  return {
    [Symbol.asyncIterator]: () => {
      const inner = chunks[Symbol.asyncIterator]()
      return {
        next: () => inner.next(),
        return: async () => {
          await inner.return?.()
          snapshot.end()
          return { done: true, value: undefined }
        },
      }
    },
  }
}
