import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { PartKind, PartSplitter } from '@stockdb/contract/wire'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Call } from '../../../src/http/call.ts'
import { PartsResponse } from '../../../src/http/parts/parts-response.ts'

/** Keeps what is written, by the places of the calls that are answered. */
class Written extends EventEmitter {
  readonly writes: number[][] = []
  readonly destroyed = false
  readonly headersSent = true

  write(bytes: Uint8Array): void {
    this.writes.push([...new PartSplitter(9, 9).push(bytes)].map(({ index }) => index))
  }

  end(bytes: Uint8Array): void {
    this.write(bytes)
  }
}

describe('answers to several calls', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  /** What is written together, of answers that are ready at these moments. */
  function writesOf(readyMs: readonly number[]): number[][] {
    const written = new Written()
    const request = { startedAt: performance.now(), outcome: 'ok' } as Call
    const response = new PartsResponse(written as unknown as ServerResponse, request, readyMs.length)
    let now = 0
    for (const [index, at] of readyMs.entries()) {
      vi.advanceTimersByTime(at - now)
      now = at
      response.add(index, PartKind.alone, [])
    }
    return written.writes
  }

  it.each([
    ['as long as the first of them took', [4, 7, 9], [[0, 1], [2]]],
    ['for 1 ms at least', [0, 0.5, 2], [[0, 1], [2]]],
    ['for 10 ms at most', [100, 109, 111], [[0, 1], [2]]],
    ['for nothing once all are there', [4, 5, 6], [[0, 1, 2]]],
  ])('wait for each other %s', (_how, readyMs, expected) => {
    expect(writesOf(readyMs)).toEqual(expected)
  })
})
