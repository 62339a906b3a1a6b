import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { root, type SampleServer, startSample } from './run-example.ts'

let server: SampleServer
beforeAll(async () => {
  const file = (path: string) => join(process.env.STOCKDB_REAL_DATA ?? '', path)
  server = await startSample({
    files: {
      trade_cal: file('cn_ref/trade_cal.csv.gz'),
      stock_basic: file('cn_ref/stock_basic.csv.gz'),
      daily: file('cn_a_2024/daily.csv.gz'),
      adj_factor: file('cn_a_2024/adj_factor.csv.gz'),
    },
  })
}, 300_000)
afterAll(() => server.close())

describe('factor research on real data', () => {
  it('finds over 511 stocks and a year what pandas finds', { timeout: 60_000 }, async () => {
    const expected = JSON.parse(await readFile(join(root, 'examples', 'test', 'strategies.json'), 'utf8'))['real data']
    vi.stubEnv('STOCKDB_URL', server.url)
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    await import('../strategies/factor-ic.ts')
    const lines = log.mock.calls.map(([line]) => line)
    log.mockRestore()
    vi.unstubAllEnvs()
    expect(lines).toEqual(expected)
    expect(expected[0]).toBe('242 days × 511 stocks')
  })
})
