import { connect, type Tushare } from '@stockdb/client'
import { describe, expect, it } from 'vitest'
import { inputText } from '../src/links/input-text.ts'
import { failureOf } from './support/failure-of.ts'
import { serveHere } from './support/served.ts'

/** JSON has no NaN: it would become null, and null asks for rows without the value. */
describe('values that JSON would make null', () => {
  it.each([
    [{ where: { pe: Number.NaN } }, 'where.pe: got NaN; expected a finite number, or null'],
    [{ where: { pe: [1, Number.POSITIVE_INFINITY] } }, 'where.pe[1]: got Infinity; expected a finite number, or null'],
    [{ limit: Number.NEGATIVE_INFINITY }, 'limit: got -Infinity; expected a finite number, or null'],
    [{ symbols: ['A', undefined] }, 'symbols[1]: got undefined; expected a value, or null'],
    [{ n: 1n, where: { pe: Number.NaN } }, 'where.pe: got NaN; expected a finite number, or null'],
  ])('are refused (%#)', (input, message) => {
    expect(() => inputText(input)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', message }))
  })

  it('are no others', () => {
    expect(inputText({ where: { pe: null, name: 'null' }, start: undefined, n: 1n })).toBe(
      '{"where":{"pe":null,"name":"null"},"n":"1"}',
    )
  })

  it('are refused by every kind of call', async () => {
    const { url } = await serveHere()
    for (const options of [{}, { cache: { memory: '1MB' } }]) {
      const db = await connect<Tushare>(url, options)
      const where = { pe: Number.NaN }
      const calls: (() => Promise<unknown>)[] = [
        () => db.daily_basic.range({ where }),
        () => db.daily_basic.stream({ where }).next(),
        () => db.stock_basic.list({ limit: Number.NaN }),
        () => db.screen({ date: '2024-01-02', where: { 'daily_basic.pe': { gt: Number.NaN } } }),
        () => db.calendar.offset({ date: '2024-01-02', n: Number.NaN }),
        () => db.sql('select ? as n', [Number.NaN]),
        () => db.sql('select ? as n', [new Date(0) as never]),
        () => db.adj_factor.delete({ symbols: ['A', undefined as never] }),
        () => db.adj_factor.watch({ since: Number.NaN }).next(),
      ]
      for (const call of calls) {
        const { code, message } = await failureOf(Promise.resolve().then(call))
        expect([code, message]).toEqual(['INVALID_INPUT', expect.stringMatching(/got (?:NaN|undefined|a Date);/)])
      }
    }
  })
})
