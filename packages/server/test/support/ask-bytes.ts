import { ARROW_STREAM, ArrowFrameDecoder, CACHE_HEADER, MessageSplitter } from '@stockdb/contract/wire'

/** An answer as it goes over the wire. */
export interface WireBytes {
  readonly bytes: Uint8Array
  readonly status: number
  /** As of when it is, if it comes from memory. */
  readonly asOf: string | undefined
}

/** Calls a server without the client, for Arrow. */
export async function askBytes(url: string, path: string, input: object): Promise<WireBytes> {
  const response = await fetch(
    `${url}/trpc/${encodeURIComponent(path)}?input=${encodeURIComponent(JSON.stringify(input))}`,
    { headers: { accept: ARROW_STREAM } },
  )
  const bytes = new Uint8Array(await response.arrayBuffer())
  return { bytes, status: response.status, asOf: response.headers.get(CACHE_HEADER) ?? undefined }
}

/**
 * The bytes as a text, of which two are equal if the answers are; without the moments at which trading days and listings were
 * read, which may be read again between two calls, and the ids of requests.
 */
export function comparable({ bytes }: WireBytes): string {
  return (
    Buffer.from(bytes)
      .toString('latin1')
      .replaceAll(/"(calendarA|a)sOf":"[^"]*"/g, '')
      // Checks of the texts with them.
      .replaceAll(/(?<=stockdb\.[a-z]+[^ -~]*)[0-9a-f]{8}/g, '')
      .replaceAll(/"requestId":"[^"]*"/g, '')
  )
}

/** What an answer says, to show where two differ. */
export function contentOf({ bytes }: WireBytes): unknown[] {
  const [splitter, decoder] = [new MessageSplitter(), new ArrowFrameDecoder()]
  return [...splitter.push(bytes)].map((message) => {
    const content = decoder.decode(message)
    if (content.kind !== 'batch') return content
    const { batch, trailer } = content
    return { rows: batch.numRows, vectors: batch.vectors.map((one) => ({ ...one, values: [...one.values] })), trailer }
  })
}
