import { PartKind, PartSplitter, partOf } from '@stockdb/contract/wire'
import { describe, expect, it } from 'vitest'

const utf8 = new TextEncoder()
const body = Buffer.concat([
  ...partOf(1, PartKind.error, [utf8.encode('{"a":'), utf8.encode('1}')]),
  ...partOf(2, PartKind.alone, []),
  ...partOf(0, PartKind.frame, [utf8.encode('frame')]),
])
const parts = [
  [1, PartKind.error, '{"a":1}'],
  [2, PartKind.alone, ''],
  [0, PartKind.frame, 'frame'],
]

function split(chunks: readonly Uint8Array[], { calls = 3, maxBytes = 100 } = {}) {
  const splitter = new PartSplitter(calls, maxBytes)
  return chunks
    .flatMap((chunk) => [...splitter.push(chunk)])
    .map(({ index, kind, content }) => [index, kind, new TextDecoder().decode(content)])
}

describe('parts of an answer to several calls', () => {
  it('are the same wherever the body was cut', () => {
    expect(split([body])).toEqual(parts)
    for (let at = 0; at <= body.length; at++) expect(split([body.subarray(0, at), body.subarray(at)])).toEqual(parts)
    expect(split(Array.from(body, (_, at) => body.subarray(at, at + 1)))).toEqual(parts)
  })

  it('have contents that are aligned, in buffers of their own', () => {
    for (const { content } of new PartSplitter(3, 100).push(body)) {
      expect(content.byteOffset).toBe(0)
      expect(content.buffer.byteLength).toBe(content.length)
    }
  })

  it.each([
    ['a call that was not made', partOf(3, PartKind.frame, [])],
    ['a kind that does not exist', partOf(0, 7 as typeof PartKind.frame, [])],
    ['a length beyond the limit', partOf(0, PartKind.frame, [new Uint8Array(101)])],
  ])('throw INCOMPLETE_ANSWER for %s', (_what, chunks) => {
    expect(() => split([Buffer.concat(chunks)])).toThrow(expect.objectContaining({ code: 'INCOMPLETE_ANSWER' }))
  })
})
