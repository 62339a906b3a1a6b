import fc from 'fast-check'
import { expect, it } from 'vitest'
import { show } from '../src/show.ts'

it('writes JSON, cut to sixty characters', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = JSON.stringify(value)
      expect(show(value)).toBe(json.length > 60 ? `${json.slice(0, 57)}…` : json)
    }),
  )
})

it('writes values that JSON cannot', () => {
  expect(show(undefined)).toBe('undefined')
  expect(show(12n)).toBe('12n')
  expect(show({ a: undefined, b: [undefined], c: new Date(0) })).toBe('{"b":[null],"c":"1970-01-01T00:00:00.000Z"}')
})

it.each([
  ['lists within lists', () => JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))],
  ['objects within objects', () => JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`)],
  ['a long text', () => 'x'.repeat(10_000_000)],
  ['a long list', () => Array(1_000_000).fill('x'.repeat(100))],
  ['a long key', () => ({ ['k'.repeat(1_000_000)]: 'x'.repeat(1_000_000) })],
])('writes the beginning of %s', (_, make) => {
  expect(show(make())).toHaveLength(58)
})
