import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { root, type SampleServer, startSample } from './run-example.ts'

/** Output of each call's example on the sample market. */
const printed: Readonly<Record<string, readonly RegExp[]>> = {
  'as-of': [/^48 constituents, published on 2022-06-01$/m, /^period 2022-03-31: .*\nperiod 2021-12-31: /m],
  arquero: [/^month 9: 968\.6 billion CNY\nmonth 7: 955\.9 .*\nmonth 8: /],
  at: [/^47 stocks traded, \d+ of them closed higher$/],
  calendar: [/^16 trading days in February 2024$/m, /^after 2024-02-01 comes 2024-02-02$/m, /^before it 2024-01-31$/m],
  factors: [/^10716 rows: 10716 new, 0 there before\n2024-01 -0\.160\n/, /^2024-12 -0\.040\nmean -0\.024$/m],
  instruments: [/^48 stocks were listed$/m, /^002003\.SYN Synthetic 03 found by code$/m],
  latest: [/^(002003\.SYN 2024-12-\d\d \d+\.\d\d\n){5}(600002\.SYN 2024-12-\d\d \d+\.\d\d\n?){5}$/],
  list: [/^(\d{6}\.SYN Synthetic \d\d \d{4}-\d\d-\d\d\n){5}there are more$/],
  panel: [/^248 days × 2 symbols\n002003\.SYN 0\.251\n600002\.SYN -0\.071$/],
  polars: [/^600025\.SYN: 2883\.3 billion CNY on 248 days\n002009\.SYN: 1950\.5 /],
  query: [/^(\d{6}\.SYN Synthetic \d\d \d+\n?){5}$/],
  range: [/^22 bars, anchor 2024-12-31\n2024-12-02 11\.41 69416\n/],
  screen: [/^(\d{6}\.SYN \d+\.\d\n?){5}$/],
  sql: [/^002009\.SYN 241\.40\n(\d{6}\.SYN \d+\.\d\d\n?){4}$/],
  stream: [/^56921 bars, \d+ billion CNY$/],
  upsert: [/^1 new, then 1 changed\n1 deleted$/],
  watch: [/^002003\.SYN on 2025-01-02: 1 new, 0 deleted\n002003\.SYN on 2025-01-02: 0 new, 1 deleted$/],
}
/** Examples of more than one call; examples.test.ts runs them. */
const others = ['own-table.config', 'own-table', 'quick-start']

let server: SampleServer
beforeAll(async () => {
  server = await startSample()
  vi.stubEnv('STOCKDB_URL', server.url)
  vi.stubEnv('STOCKDB_TOKEN', undefined)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await server.close()
})

describe('the example of each call', () => {
  it.each(Object.entries(printed))('%s prints the expected output', async (name, patterns) => {
    const lines: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((...parts) => void lines.push(parts.join(' ')))
    try {
      await import(`../${name}.ts`)
    } finally {
      log.mockRestore()
    }
    for (const pattern of patterns) expect(lines.join('\n')).toMatch(pattern)
  })

  it('is run here and listed in README.md', async () => {
    const files = (await readdir(join(root, 'examples'))).filter((file) => file.endsWith('.ts'))
    const names = files.filter((file) => !file.startsWith('readme-')).map((file) => file.slice(0, -'.ts'.length))
    expect(names.sort(), 'add the new example to this test').toEqual([...Object.keys(printed), ...others].sort())
    const readme = await readFile(join(root, 'examples', 'README.md'), 'utf8')
    for (const name of Object.keys(printed)) expect(readme).toContain(`](${name}.ts)`)
  })
})
