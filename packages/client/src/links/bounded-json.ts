import { errorOf } from '../errors.ts'

/** Maximum size of a JSON answer, in bytes. A server sends up to 2,000,000 values by default, about 40 MB. */
const MAX_JSON_BYTES = 256 * 2 ** 20

/**
 * A `fetch` that stops reading JSON after `maxBytes`, because an arbitrary server may send endless data.
 * `json()` then rejects with `TOO_MANY_ROWS`.
 */
export function boundedJson(fetch: typeof globalThis.fetch, maxBytes = MAX_JSON_BYTES): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init)
    const { headers } = response
    // The length of an encoded body does not limit its decoded size.
    const length = headers.has('content-encoding') ? null : headers.get('content-length')
    if (length !== null && Number(length) <= maxBytes) return response
    return Object.defineProperty(response, 'json', { value: () => readJson(response, maxBytes, Number(length)) })
  }
}

async function readJson(response: Response, maxBytes: number, announced: number): Promise<unknown> {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let bytes = announced; reader; ) {
    if (bytes > maxBytes) {
      reader.cancel().catch(() => {})
      throw errorOf('TOO_MANY_ROWS', `the answer has more than ${maxBytes} bytes of JSON; ask for less`)
    }
    const { done, value } = await reader.read()
    if (done) break
    bytes += value.length
    text += decoder.decode(value, { stream: true })
  }
  return JSON.parse(text + decoder.decode())
}
