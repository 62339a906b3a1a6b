import { type ErrorCode, StockdbError } from '@stockdb/contract/wire'
import { expect, it } from 'vitest'
import type { Caller } from '../src/caller.ts'
import type { Frame } from '../src/frame/frame.ts'
import { tail } from '../src/write/tail.ts'

const change = {
  ...{ sequence: 7, dataset: 'adj_factor', start: '2024-01-02', end: '2024-01-02', symbols: ['A'] },
  ...{ inserted: 1, changed: 0, unchanged: 0, deleted: 0, by: 'me', at: '2024-01-02 00:00:00', complete: true },
}

/** A caller that hears one change; each read of its rows fails with the next of the codes, then they arrive. */
function callerThatFails(codes: ErrorCode[], timeoutMs = 10_000): Caller & { reads: number } {
  const caller = {
    reads: 0,
    timeoutOf: () => timeoutMs,
    async *subscribe() {
      yield change
    },
    async *stream() {
      caller.reads++
      const code = codes.shift()
      if (code) throw new StockdbError(code, 'away')
      yield { numRows: 1 }
    },
  }
  return caller as unknown as Caller & { reads: number }
}

const events = async (caller: Caller): Promise<unknown[]> => {
  const all: unknown[] = []
  for await (const { sequence, frame } of tail(caller, 'adj_factor', true, {}))
    all.push([sequence, (frame as Frame<never> | undefined)?.numRows])
  return all
}

it('the rows of a change are read again while the server is away', async () => {
  const caller = callerThatFails(['UNREACHABLE', 'SHUTTING_DOWN', 'UNREACHABLE'])
  expect(await events(caller)).toEqual([[7, 1]])
  expect(caller.reads).toBe(4)
})

it('they are not read again after an error that stays, or after the timeout', async () => {
  const denied = callerThatFails(['FORBIDDEN'])
  await expect(events(denied)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  const late = callerThatFails(['UNREACHABLE', 'UNREACHABLE'], -1)
  await expect(events(late)).rejects.toMatchObject({ code: 'UNREACHABLE' })
  expect([denied.reads, late.reads]).toEqual([1, 1])
})

it('the frames of a change are counted, from 1 again where they are read once more, and the last one says so', async () => {
  let reads = 0
  const caller = {
    timeoutOf: () => 10_000,
    async *subscribe() {
      yield change
    },
    async *stream() {
      yield { numRows: 3 }
      yield { numRows: 0 }
      yield { numRows: 2 }
      if (++reads === 1) throw new StockdbError('SNAPSHOT_EXPIRED', 'too old')
      yield { numRows: 1 }
    },
  } as unknown as Caller
  const parts: unknown[] = []
  for await (const { sequence, ...event } of tail(caller, 'adj_factor', true, {}))
    if (event.frame) parts.push([sequence, event.frame.numRows, event.part, event.last])
  expect(parts).toEqual([
    [7, 3, 1, false],
    [7, 3, 1, false],
    [7, 2, 2, false],
    [7, 1, 3, true],
  ])
})
