import { expect, it } from 'vitest'
import { defaultBounds } from '../../src/bounds/settings.ts'
import { shareOfBounds } from '../../src/workers/share-of-bounds.ts'

it('divides what each worker has for itself, and nothing else', () => {
  const bounds = { ...defaultBounds, connections: 8, maxWrites: 4, cacheMemoryBytes: 100 }
  const parts = [1, 2, 3].map((worker) => shareOfBounds(bounds, {}, worker, 3))
  expect(parts.map(({ connections }) => connections)).toEqual([3, 3, 2])
  expect(parts.map(({ maxWrites }) => maxWrites)).toEqual([2, 1, 1])
  expect(parts.map(({ cacheMemoryBytes }) => cacheMemoryBytes)).toEqual([34, 33, 33])
  // One each, although the default is less.
  expect(parts.map(({ sqlConnections }) => sqlConnections)).toEqual([1, 1, 1])
  expect(parts.map(({ maxCalls, maxMemoryBytes }) => [maxCalls, maxMemoryBytes])).toEqual(
    Array(3).fill([bounds.maxCalls, bounds.maxMemoryBytes]),
  )
})

it('refuses more workers than connections, and than given places', () => {
  expect(() => shareOfBounds({ ...defaultBounds, connections: 2 }, {}, 1, 3)).toThrow(
    '--workers (3) is above --connections (2): each worker needs one; lower the first or raise the second',
  )
  expect(() => shareOfBounds({ ...defaultBounds, sqlConnections: 2 }, { sqlConnections: 2 }, 1, 3)).toThrow(
    '--workers (3) is above --sql-connections (2)',
  )
})
