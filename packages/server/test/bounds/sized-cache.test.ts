import { expect, it } from 'vitest'
import { SizedCache } from '../../src/bounds/sized-cache.ts'

it('keeps the most recently used entries within its bytes, whatever their size, and reports evictions', () => {
  const gone: string[] = []
  const cache = new SizedCache<string>(
    10_000,
    (text) => text.length,
    (_, key) => gone.push(key),
  )
  for (let n = 0; n < 8; n++) cache.set(`k${n}`, 'x'.repeat(1_000))
  expect(cache.bytes).toBeLessThanOrEqual(10_000)
  expect(gone).toEqual(['k0', 'k1'])
  expect(cache.get('k2')).toBeDefined()
  cache.set('wide', 'x'.repeat(8_000))
  expect([cache.get('k2') !== undefined, cache.get('k3')]).toEqual([false, undefined])
  cache.set('too wide', 'x'.repeat(20_000))
  expect(cache.get('too wide')).toBeUndefined()
})
