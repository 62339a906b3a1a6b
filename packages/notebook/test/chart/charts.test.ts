import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { chart } from '../../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'stockdb-chart-'))
afterAll(() => rmSync(folder, { recursive: true }))

const dates = ['2024-01-02', '2024-01-03', '2024-01-04']
const panel = {
  dates,
  symbols: ['600519.SH', '000001.SZ'],
  values: [Float64Array.of(1, 2), Float64Array.of(Number.NaN, 3), Float64Array.of(2, 4)],
}
const bars = {
  columns: {
    ts_code: ['600519.SH', '600519.SH', '600519.SH'],
    trade_date: dates,
    open: [10, 11, 10],
    high: [12, 12, 11],
    low: [9, 10, 8],
    close: [11, 10, 9],
    vol: [100, 200, 300],
  },
}
/** Paths of a kind of mark, such as lines. */
const marks = (svg: string, kind: string): string[] =>
  [...svg.matchAll(new RegExp(`aria-roledescription="${kind}"`, 'g'))].map(([text]) => text)

describe('charts', () => {
  it('draw a line for each symbol of a panel, with a gap for NaN', async () => {
    const svg = await chart.lines(panel, { title: 'Closes', y: 'CNY' }).svg()
    expect(svg).toContain('>Closes<')
    expect(svg).toContain('600519.SH')
    expect(marks(svg, 'line mark')).toHaveLength(2)
  })

  it('draw candles and volume, rising and falling in their colours', async () => {
    const svg = await chart.candles(bars).svg()
    expect(svg).toContain('#c23531')
    expect(svg).toContain('#2f8f5b')
    // A wick, a body and a bar of volume for each day.
    expect(marks(svg, 'bar')).toHaveLength(6)
  })

  it('draw histograms, scatter plots and heatmaps', async () => {
    expect(marks(await chart.histogram([1, 2, 2, Number.NaN]).svg(), 'bar').length).toBeGreaterThan(1)
    expect(await chart.scatter({ x: [1, 2, 3], y: [2, 4, 6] }, { trend: true }).svg()).toContain('line mark')
    const heatmap = chart.heatmap({
      rows: ['a', 'b'],
      columns: ['a', 'b'],
      values: [
        [1, -0.5],
        [-0.5, 1],
      ],
    })
    expect(await heatmap.svg()).toContain('−0.50')
  })

  it('say what does not fit', () => {
    expect(() => chart.lines({ dates, series: { a: [1] } })).toThrow('a: got 1 values; expected 3')
    expect(() => chart.scatter({ x: [1], y: [] })).toThrow('y: got 0 values; expected 1')
    const two = { columns: { ...bars.columns, ts_code: ['600519.SH', '000001.SZ', '000001.SZ'] } }
    expect(() => chart.candles(two)).toThrow('bars: got 2 symbols (600519.SH, 000001.SZ, …); expected one')
  })

  it('are saved as SVG and PNG, and no other way', async () => {
    const lines = chart.lines(panel)
    await lines.save(join(folder, 'a.svg'))
    expect(readFileSync(join(folder, 'a.svg'), 'utf8')).toMatch(/^<svg/)
    await lines.save(join(folder, 'a.png'))
    const { format, width } = await sharp(join(folder, 'a.png')).metadata()
    expect(format).toBe('png')
    expect(width).toBeGreaterThan(1_500)
    await expect(lines.save('a.gif')).rejects.toThrow('path: got "a.gif"; expected a name that ends with .svg or .png')
  })

  it('say what they are on the console', () => {
    expect(inspect(chart.lines(panel))).toBe("Chart: 2 lines over 3 dates; save('chart.svg') writes it to a file")
  })
})
