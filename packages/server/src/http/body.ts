import type { IncomingMessage } from 'node:http'
import { StockdbError } from '@stockdb/contract/wire'
import { bodyTooLarge } from './call-request.ts'

/** Reads a body as text. Throws `BODY_TOO_LARGE` as soon as it is longer than `maxBodyBytes`. */
export async function readBody(req: IncomingMessage, maxBodyBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBodyBytes) throw bodyTooLarge(maxBodyBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Parses the JSON of a caller; an empty text is no input. */
export function parseJson(text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new StockdbError('INVALID_INPUT', 'the input is not JSON', { cause: error })
  }
}
