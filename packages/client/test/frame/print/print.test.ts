import { inspect } from 'node:util'
import { Frame, type PrintOptions } from '@stockdb/client'
import { describe, expect, it } from 'vitest'
import { panelOf } from '../../../src/frame/cell-panel.ts'

const bars = Frame.from(
  {
    ts_code: ['600519.SH', '000001.SZ', '600036.SH'],
    trade_date: ['20240102', '2024-01-02', '2024-01-03'],
    name: ['贵州茅台', null, '招商银行A'],
    close: [1685.01, Number.NaN, 28.5],
    vol: Int32Array.of(32_156, 1_158_366, 7),
  },
  { name: 'daily', symbol: 'ts_code', date: 'trade_date', units: { close: 'CNY', vol: 'lots' } },
)

const display = (value: object): Record<string, string> =>
  (value as Record<symbol, () => Record<string, string>>)[Symbol.for('Jupyter.display')]?.() ?? {}

describe('a printed frame', () => {
  it('is a table with names, types and units, points below each other, wide characters in line', () => {
    expect(bars.toString()).toBe(
      [
        'daily: 3 rows × 5',
        '┌───────────┬────────────┬───────────┬─────────┬─────────┐',
        '│ ts_code   │ trade_date │ name      │   close │     vol │',
        '│ symbol    │ date       │ text      │ float64 │   int32 │',
        '│           │            │           │     CNY │    lots │',
        '├───────────┼────────────┼───────────┼─────────┼─────────┤',
        '│ 600519.SH │ 2024-01-02 │ 贵州茅台  │ 1685.01 │   32156 │',
        '│ 000001.SZ │ 2024-01-02 │ null      │     NaN │ 1158366 │',
        '│ 600036.SH │ 2024-01-03 │ 招商银行A │   28.50 │       7 │',
        '└───────────┴────────────┴───────────┴─────────┴─────────┘',
      ].join('\n'),
    )
  })

  it('has its first and last rows, and says how many there are', () => {
    const long = Frame.from({ n: Int32Array.from({ length: 122_797 }, (_, row) => row) }, { name: 'counted' })
    expect(long.toString({ rows: 3 }).split('\n')).toEqual([
      'counted: 122,797 rows × 1',
      '┌────────┐',
      '│      n │',
      '│  int32 │',
      '├────────┤',
      '│      0 │',
      '│      1 │',
      '│      … │',
      '│ 122796 │',
      '└────────┘',
    ])
    expect(long.toString().split('\n')).toHaveLength(6 + 11)
    expect(long.head(10).toString()).toMatch(/^counted, part of the answer: 10 rows × 1\n/)
  })

  it('leaves out columns that do not fit, from the middle', () => {
    const wide = Frame.from(Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`field_${at}`, [at]])))
    const lines = wide.toString({ width: 60 }).split('\n')
    expect(lines.map((line) => line.length <= 60)).not.toContain(false)
    expect(lines[2]).toBe('│ field_0 │ field_1 │ field_2 │ … │ field_198 │ field_199 │')
    expect(lines.at(-1)).toBe('195 of 200 columns are not shown')
    expect(wide.toString({ width: Number.POSITIVE_INFINITY })).toContain('field_100')
    expect(bars.toString({ width: 0 })).toContain('ts_code')
  })

  it('rounds numbers to what people read, and writes very small and large ones with an exponent', () => {
    const shown = (...numbers: number[]): string[] =>
      Frame.from({ n: numbers })
        .toString()
        .split('\n')
        .slice(5, -1)
        .map((line) => line.replaceAll('│', '').trim())
    expect(shown(0.1 + 0.2, 1)).toEqual(['0.3', '1.0'])
    expect(shown(1234567.891, 1 / 3)).toEqual(['1234567.891000', '0.333333'])
    expect(shown(100, 20)).toEqual(['100', '20'])
    expect(shown(1e-9, 5e-324, 1e22, Number.POSITIVE_INFINITY, -0)).toEqual([
      '1e-9',
      '4.9407e-324',
      '1e+22',
      'Infinity',
      '0',
    ])
  })

  it('shows on one line what would move the cursor, hide or reverse text', () => {
    const text = Frame.from({ note: ['a\nb', '\u001b[31mred', '\u202eevil', 'x'.repeat(1_000_000)] }).toString()
    expect(text.split('\n')).toHaveLength(5 + 4 + 1)
    expect(text.includes('\u001b') || text.includes('\u202e')).toBe(false)
    expect(text).toContain('│ a\\nb ')
    expect(text).toContain('\\u001b[31mred')
    expect(text).toContain(`${'x'.repeat(31)}… │`)
  })

  it('is what console.log shows, and one line inside another value', () => {
    expect(inspect(bars)).toBe(bars.toString())
    expect(inspect(bars, { depth: 0 })).toBe(bars.toString())
    expect(inspect({ bars })).toBe('{ bars: [daily: 3 rows × 5] }')
    expect(`${bars}`).toBe(bars.toString())
  })

  it('describes all columns of a wide one', () => {
    const wide = Frame.from(Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`field_${at}`, [at]])))
    expect(wide.describe().toString()).toContain('│ field_20 ')
    expect(wide.describe().toString({ rows: 4 })).not.toContain('│ field_20 ')
  })

  it('is only a title without columns', () => {
    expect(Frame.from({}).toString()).toBe('frame: 0 rows × 0')
  })

  it.each<[PrintOptions, string]>([
    [{ rows: -1 }, 'rows: got -1; expected a whole number, 0 or more'],
    [{ width: 1.5 }, 'width: got 1.5; expected a whole number, 0 or more'],
  ])('refuses %o', (options, message) => {
    expect(() => bars.toString(options)).toThrow(new RangeError(message))
  })
})

describe('a frame in a notebook', () => {
  it('is a table in HTML and the same table as text', () => {
    const shown = display(bars)
    expect(Object.keys(shown)).toEqual(['text/plain', 'text/html'])
    expect(shown['text/plain']).toBe(bars.toString())
    expect(shown['text/html']).toContain(
      '<th style="text-align:right;white-space:nowrap">close<br><small>float64</small><br><small>CNY</small></th>',
    )
    expect(shown['text/html']).toContain('<td style="text-align:left;white-space:nowrap">贵州茅台</td>')
    expect(shown['text/html']?.match(/<tr>/g)).toHaveLength(1 + 3)
  })

  it('escapes names and values in HTML', () => {
    const evil = `<script>alert("&'")</script>`
    const html = display(Frame.from({ [evil]: [evil] }, { name: evil, units: { [evil]: evil } }))['text/html'] ?? ''
    expect(
      html
        .match(/<[^>]*>/g)
        ?.filter((tag) => !/^<\/?(table|caption|thead|tbody|tr|th|td|br|small)( style="[\w:;-]+")?>$/.test(tag)),
    ).toEqual([])
    expect(html).toContain('&lt;script&gt;alert(&quot;&amp;&#39;&quot;)&lt;/script&gt;')
  })
})

describe('a printed panel', () => {
  const axes = { dates: ['2024-01-02', '2024-01-03'], symbols: ['000001.SZ', '600519.SH'] }
  const panel = panelOf('close', axes, Float64Array.of(9.21, 1685, Number.NaN, 1694.5))

  it('is a table of dates and symbols', () => {
    expect(inspect(panel)).toBe(
      [
        'close: 2 dates × 2 symbols',
        '┌────────────┬───────────┬───────────┐',
        '│ date       │ 000001.SZ │ 600519.SH │',
        '├────────────┼───────────┼───────────┤',
        '│ 2024-01-02 │      9.21 │    1685.0 │',
        '│ 2024-01-03 │       NaN │    1694.5 │',
        '└────────────┴───────────┴───────────┘',
      ].join('\n'),
    )
  })

  it('is narrow in a notebook too', () => {
    const symbols = Array.from({ length: 511 }, (_, at) => `${600_000 + at}.SH`)
    const wide = panelOf('close', { dates: ['2024-01-02'], symbols }, new Float64Array(511))
    const html = display(wide)['text/html'] ?? ''
    expect(html).toContain('close: 1 dates × 511 symbols (496 columns are not shown)')
    expect(html.match(/<th /g)).toHaveLength(17)
    expect(html).toContain('>600006.SH</th><th style="text-align:left;white-space:nowrap">…</th><th')
    expect(html).toContain('>600510.SH</th>')
  })

  it('shows the ends of a large one', () => {
    const dates = Array.from({ length: 242 }, (_, day) =>
      new Date(Date.UTC(2024, 0, day + 1)).toISOString().slice(0, 10),
    )
    const symbols = Array.from({ length: 511 }, (_, at) => `${600_000 + at}.SH`)
    const lines = panelOf('close', { dates, symbols }, new Float64Array(242 * 511))
      .toString({ width: 80 })
      .split('\n')
    expect(lines).toHaveLength(4 + 11 + 2)
    expect(lines[0]).toBe('close: 242 dates × 511 symbols')
    expect(lines[2]).toBe('│ date       │ 600000.SH │ 600001.SH │ 600002.SH │ … │ 600509.SH │ 600510.SH │')
    expect(lines.at(-1)).toBe('506 of 512 columns are not shown')
  })
})
