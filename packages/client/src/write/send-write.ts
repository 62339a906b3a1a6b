import { StockdbError } from '@stockdb/contract/wire'
import { Deadline } from '../call/deadline.ts'
import { withRetries } from '../call/retry.ts'
import { errorOf } from '../errors.ts'
import { requestWrite, type Transport } from '../links/transport.ts'

/** A write to send. */
export interface Write {
  readonly path: string
  readonly input: object
  readonly rows?: {
    /** The rows as an Arrow stream, from the beginning. */
    readonly open: () => AsyncGenerator<Uint8Array, void, undefined>
    /** Whether there may be more of them than fit into memory. */
    readonly endless: boolean
    /** Whether they can be opened again. */
    readonly replayable: boolean
  }
  readonly key: string
}

interface WriteLimits {
  /** The longest time without progress. */
  readonly timeoutMs: number
  readonly retries: number
  readonly signal: AbortSignal | undefined
}

/** What happened before the server had all of a request, so that it cannot have committed anything. */
const NEVER_ARRIVED = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['UND_ERR_CONNECT_TIMEOUT', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED'],
])

/** Codes of failures after which nobody knows what the server did. */
const OPEN = new Set(['UNREACHABLE', 'INCOMPLETE_ANSWER', 'WRITE_OUTCOME_UNKNOWN', 'CALL_TIMEOUT', 'CANCELLED'])
/** Codes that the same write gets however often it is sent, so that no attempt can have succeeded. */
const FINAL = new Set(['INVALID_INPUT', 'CONFLICT'])

/**
 * Sends a write until it is known what became of it. Each attempt has the same key, so that it takes effect once. Throws
 * `WRITE_OUTCOME_UNKNOWN` if an attempt may have taken effect and no later one says so.
 */
export async function sendWrite<Output>(
  transport: Transport,
  write: Write,
  { timeoutMs, retries, signal: caller }: WriteLimits,
): Promise<Output> {
  const { path, input, key, rows } = write
  const deadline = new Deadline(timeoutMs, caller)
  const { signal } = deadline
  const replayable = rows?.replayable ?? true
  let open: unknown
  /** What the caller's own iterable threw. */
  let ofCaller: { readonly error: unknown } | undefined
  const attempt = async (): Promise<Output> => {
    let sent = rows === undefined
    const chunks = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      const made = rows?.open()
      try {
        for (let chunk = await made?.next(); chunk && !chunk.done; ) {
          const next = await made?.next()
          deadline.restart()
          // The last one has the end-of-stream marker, without which nothing is committed.
          sent = next?.done === true
          yield chunk.value
          chunk = next
        }
      } catch (error) {
        if (!signal.aborted) ofCaller ??= { error }
        throw error
      } finally {
        await made?.return()
      }
    }
    try {
      return await requestWrite<Output>(
        transport,
        { path, input, key, ...(rows ? { rows: { chunks: chunks(), endless: rows.endless } } : {}) },
        signal,
      )
    } catch (error) {
      if (ofCaller) throw ofCaller.error
      if (sent && mayHaveArrived(error)) open = error
      throw error
    }
  }
  try {
    return await withRetries(replayable ? retries : 0, signal, attempt)
  } catch (error) {
    if (ofCaller || (error instanceof StockdbError && FINAL.has(error.code))) throw error
    throw open === undefined ? withHint(error, replayable, retries) : unknownOutcome(error, key)
  } finally {
    deadline.stop()
  }
}

function mayHaveArrived(error: unknown): boolean {
  if (!(error instanceof StockdbError) || !OPEN.has(error.code)) return false
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause)
    if (NEVER_ARRIVED.has((cause as { readonly code?: string }).code ?? '')) return false
  return true
}

function unknownOutcome(cause: unknown, key: string): StockdbError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return errorOf(
    'WRITE_OUTCOME_UNKNOWN',
    `the write may or may not have been committed (${why}); the same write with idempotencyKey "${key}" settles it`,
    { cause, idempotencyKey: key },
  )
}

/** Says why a failure was not repeated that otherwise would have been. */
function withHint(error: unknown, replayable: boolean, retries: number): unknown {
  if (replayable || retries === 0 || !(error instanceof StockdbError) || !error.retryable) return error
  return errorOf(
    error.code,
    `${error.message}; the rows came from an iterable that cannot be replayed, so the client did not retry: pass a function that makes it`,
    { cause: error, requestId: error.requestId, retryAfterMs: error.retryAfterMs },
  )
}
