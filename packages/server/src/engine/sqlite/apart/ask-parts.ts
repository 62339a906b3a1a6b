import { isErrorCode, StockdbError } from '@stockdb/contract/wire'
import { type Failure, type Form, NEXT, type Parts, type Wish } from './messages.ts'
import type { Patience, StatementProcess } from './statement-process.ts'

/**
 * Runs a statement in a process and gives what it reads part by part, up to the one that has `last`; the process reads
 * a part when it is asked for. The time in which no part is asked for does not count against `patience`. What the
 * database says against the statement is thrown as `translate` puts it; `working` is told when a part is there, which is work of the call.
 */
export async function* askParts<F extends Form>(
  process: StatementProcess<F>,
  wish: Wish,
  signal: AbortSignal,
  { timeoutMs, late }: Patience,
  translate: (error: unknown) => StockdbError,
  working: () => void,
): AsyncGenerator<Parts[F]> {
  let leftMs = timeoutMs
  for (let message: Wish | typeof NEXT = wish; ; message = NEXT) {
    const askedAt = performance.now()
    const news = await process.ask(message, signal, { timeoutMs: leftMs, late: () => late(timeoutMs) })
    working()
    if (news === 'ready') throw new Error('a process was ready twice')
    if ('failure' in news) throw translate(errorOf(news.failure))
    leftMs -= performance.now() - askedAt
    yield news
    if (news.last) return
  }
}

/** The error that was thrown in the other process, as far as it was told. */
function errorOf({ code, errcode, message }: Failure): Error {
  if (isErrorCode(code)) return new StockdbError(code, message)
  return Object.assign(new Error(message), { errcode })
}
