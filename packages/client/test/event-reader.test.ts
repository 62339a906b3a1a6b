import { describe, expect, it } from 'vitest'
import { readEvents } from '../src/links/event-reader.ts'
import type { HttpResponse } from '../src/links/http.ts'

/** A response that arrives in pieces of this many bytes. */
function answer(text: string, pieceBytes: number): HttpResponse {
  const bytes = new TextEncoder().encode(text)
  return {
    status: 200,
    contentType: 'text/event-stream',
    retryAfterMs: undefined,
    short: false,
    leave: () => {},
    bytes: async () => bytes,
    chunks: async function* () {
      for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
    },
  }
}

const TEXT =
  'event: connected\r\ndata: {}\r\n\r\n: a comment\n\nid: 1\ndata: {"name":"贵州茅台"}\n\nfuture: 1\ndata: a\ndata: b\n\nid: 2\ndata: cut'

async function eventsIn(response: HttpResponse) {
  const events: object[] = []
  for await (const { event, id, data } of readEvents(response)) events.push({ event, id, data })
  return events
}

describe('events', () => {
  it.each([1, 2, 3, 7, 1_000])('are read in pieces of %s bytes, and a truncated last one is dropped', async (bytes) => {
    expect(await eventsIn(answer(TEXT, bytes))).toEqual([
      { event: 'connected', id: undefined, data: '{}' },
      { event: undefined, id: '1', data: '{"name":"贵州茅台"}' },
      { event: undefined, id: undefined, data: 'a\nb' },
    ])
  })

  it('of more than 16 million characters are refused', async () => {
    const endless = answer(`data: ${'x'.repeat(17 * 2 ** 20)}`, 2 ** 20)
    await expect(eventsIn(endless)).rejects.toThrow(/buffer/i)
  })
})
