import { isErrorCode, StockdbError } from '@stockdb/contract/wire'
import { type ChildRequest, type Chunks, type Failure, type Form, NEXT } from './messages.ts'
import type { StatementProcess, Timeout } from './statement-process.ts'

/**
 * Runs a statement in a process and gives what it reads part by part, up to the one that has `last`; the process reads
 * a part when it is asked for. The time in which no part is asked for does not count against `timeout`. What the
 * database says against the statement is thrown as `translate` puts it; `working` is told when a part is there, which is work of the call.
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
    if (response === 'ready') throw new Error('a process was ready twice')
    if ('failure' in response) throw translate(errorOf(response.failure))
    leftMs -= performance.now() - askedAt
    yield response
    if (response.last) return
  }
}

/** The error that was thrown in the other process, as far as it was told. */
function errorOf({ code, errcode, message }: Failure): Error {
  if (isErrorCode(code)) return new StockdbError(code, message)
  return Object.assign(new Error(message), { errcode })
}
