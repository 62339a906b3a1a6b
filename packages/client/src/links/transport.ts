import { ARROW_STREAM, isErrorCode, StockdbError } from '@stockdb/contract'
import { classified, errorOf } from '../errors.ts'

/** The longest URL that a call is put into; longer inputs, such as many symbols, go by POST. */
export const MAX_URL_LENGTH = 4_000

export interface Transport {
  /** `http://host:port/trpc`. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly fetch: typeof globalThis.fetch
}

/** Sends one call that asks for Arrow and resolves to its answer, once it is known to be one. */
export async function requestArrow(transport: Transport, path: string, input: unknown, signal: AbortSignal): Promise<Response> {
  const json = input === undefined ? undefined : JSON.stringify(input)
  const headers = { ...transport.headers, accept: ARROW_STREAM }
  const target = `${transport.url}/${path}`
  const query = json === undefined ? '' : `?input=${encodeURIComponent(json)}`
  const response = await attempt(signal, () =>
    target.length + query.length <= MAX_URL_LENGTH
      ? transport.fetch(target + query, { headers, signal })
      : transport.fetch(target, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: json ?? null, signal }),
  )
  if (response.ok && response.headers.get('content-type') === ARROW_STREAM) return response
  throw await failureOf(response, signal)
}

/** Runs a step of a call; what it throws becomes a `StockdbError`, the signal's own reason first of all. */
export async function attempt<Result>(signal: AbortSignal, step: () => Promise<Result>): Promise<Result> {
  try {
    return await step()
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof StockdbError) throw classified(error)
    throw errorOf('UNREACHABLE', `the stockdb server can not be reached: ${rootMessage(error)}`, { cause: error })
  }
}

/** What `fetch` throws says "fetch failed" and keeps the reason in its cause. */
export function rootMessage(error: unknown): string {
  const { cause, message } = error as Error
  return cause instanceof Error && cause.message !== '' ? cause.message : message
}

async function failureOf(response: Response, signal: AbortSignal): Promise<StockdbError> {
  const body = await response.json().catch(() => undefined)
  if (signal.aborted) return signal.reason as StockdbError
  const error = (body as { error?: { message?: string; data?: { code?: unknown; requestId?: string } } } | undefined)?.error
  const code = error?.data?.code
  if (isErrorCode(code)) return errorOf(code, error?.message ?? code, { requestId: error?.data?.requestId })
  return errorOf('UNREACHABLE', `what answers there is not a stockdb server (HTTP ${response.status})`)
}
