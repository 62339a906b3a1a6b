import { isErrorCode, StockdbError } from '@stockdb/contract/wire'
import { type ChildRequest, type Chunks, type Failure, type Form, NEXT } from './messages.ts'
import type { StatementProcess, Timeout } from './statement-process.ts'

/**
 * Runs a statement in a subprocess and yields its chunks up to the `last` one; the subprocess reads a chunk on request.
 * Time without a pending request does not count against `timeout`. Errors of the database are translated by
 * `translate`; `working` is called for every chunk, to attribute the work to the call.
 */
export async function* askChunks<F extends Form>(
  process: StatementProcess<F>,
  request: ChildRequest,
  signal: AbortSignal,
  { timeoutMs, late }: Timeout,
  translate: (error: unknown) => StockdbError,
  working: () => void,
): AsyncGenerator<Chunks[F]> {
  let leftMs = timeoutMs
  for (let message: ChildRequest | typeof NEXT = request; ; message = NEXT) {
    const askedAt = performance.now()
    const response = await process.ask(message, signal, { timeoutMs: leftMs, late: () => late(timeoutMs) })
    working()
    if (response === 'ready') throw new Error('a subprocess reported ready twice')
    if ('failure' in response) throw translate(errorOf(response.failure))
    leftMs -= performance.now() - askedAt
    yield response
    if (response.last) return
  }
}

/** The error of the subprocess, as far as it was transferred. */
function errorOf({ code, errcode, message }: Failure): Error {
  if (isErrorCode(code)) return new StockdbError(code, message)
  return Object.assign(new Error(message), { errcode })
}
