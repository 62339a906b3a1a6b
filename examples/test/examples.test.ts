import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root, runExample, type SampleServer, startSample } from './run-example.ts'

let server: SampleServer
beforeAll(async () => {
  server = await startSample()
})
afterAll(() => server.close())

describe('the example of the README', { timeout: 60_000 }, () => {
  it('prints the output in the README, in at most twelve lines', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8')
    const [, code = '', output] = /```ts\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/.exec(readme) ?? []
    expect(code.trimEnd().split('\n').length, 'lines of the example').toBeLessThanOrEqual(12)
    // In examples/, because a script resolves packages from its own folder.
    const script = join(root, 'examples', `readme-${process.pid}.ts`)
    await writeFile(script, code.replace('http://127.0.0.1:7788', server.url))
    try {
      const { stdout, stderr } = await runExample(`readme-${process.pid}.ts`)
      expect(stderr).toBe('')
      expect(stdout, 'README.md: replace the block after the example with what it prints').toBe(output)
    } finally {
      await rm(script)
    }
  })
})

describe('the examples on the sample market', { timeout: 60_000 }, () => {
  it('quick-start lists the data, and shows rows, columns, a panel and a stream', async () => {
    const { code, stdout, stderr } = await runExample('quick-start.ts', server.url)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toMatch(/daily +56,921 +50 +2020-01-02 +2024-12-31/)
    expect(stdout).toMatch(
      /002003\.SYN Synthetic 03, price × \(factor ÷ factor at the anchor\), anchor 2024-12-31: the last 10 bars/,
    )
    expect(stdout).toMatch(/average price, unadjusted: \d+\.\d\d CNY/)
    expect(stdout).toContain('close of 5 stocks as a panel of 10 dates')
    expect(stdout).toMatch(/streamed 56,921 bars: \d\d\.\d % of them closed higher/)
  })

  it('momentum compares the strategy with the index year by year, and names the next holdings', async () => {
    const { code, stdout, stderr } = await runExample('studies/momentum.ts', server.url)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^50 stocks, 1242 sessions from 2020-01-02 to 2024-12-31, 53 rankings of \d\d to \d\d stocks, 10 held, equally weighted/,
    )
    expect(stdout).toMatch(/^year +momentum +volatility +drawdown +000300\.SYN +volatility +drawdown$/m)
    for (const year of ['2020\\*', '2021', '2022', '2023', '2024', 'per year']) {
      expect(stdout).toMatch(new RegExp(`^${year}( +−?\\d+\\.\\d %){6}$`, 'm'))
    }
    expect(stdout).toContain('ranked after the close of 2024-12-31')
    expect(stdout.match(/^\d+ +\d{6}\.SYN +Synthetic \d\d/gm)).toHaveLength(10)
  })

  it('adjustments shows the three modes around an ex-date, with a false return only in unadjusted prices', async () => {
    const { code, stdout, stderr } = await runExample('studies/adjustments.ts', server.url)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const [, symbol, date] = /^(\d{6}\.SYN) .*ex-date (\d{4}-\d\d-\d\d), the factor goes from/m.exec(stdout) ?? []
    expect(symbol).toBeDefined()
    const row = new RegExp(
      `^${date} +ex +([\\d.]+) +([\\d.]+) +([\\d.]+) +(\\S+) % +(\\S+) % +(\\S+) % +(\\S+) %$`,
      'm',
    ).exec(stdout)
    const [none, qfq, hfq, stored] = (row ?? []).slice(4).map((text) => Number(text.replace('−', '-')))
    expect(none).toBeLessThan(-20)
    expect(qfq).toBe(hfq)
    // The stored return is computed from an ex-right price in whole fen.
    expect(Math.abs((qfq ?? Number.NaN) - (stored ?? Number.NaN))).toBeLessThan(0.1)
    expect(stdout).toMatch(/^qfq +price × \(factor ÷ factor at the anchor\) +\d{4}-\d\d-\d\d$/m)
  })

  it('value-screen uses no report before its publication', async () => {
    const { code, stdout, stderr } = await runExample('studies/value-screen.ts', server.url)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const rows = [
      ...stdout.matchAll(/^(\d{4}-\d\d-\d\d) +(\d+) +[\d.]+ +[\d.]+ +(\d{4}-\d\d-\d\d) +(\d+) of \d+ +\S+ %$/gm),
    ]
    expect(rows).toHaveLength(19)
    for (const [, screened = '', stocks, report = '', unseen] of rows) {
      expect(stocks).toBe('10')
      // Reports come out weeks after a quarter's end, so none of the last quarter is used.
      expect((Date.parse(screened) - Date.parse(report)) / 86_400_000).toBeGreaterThan(85)
      expect(Number(unseen)).toBeGreaterThan(40)
    }
  })

  it("constituents are those of each year, and today's members did better in years before removals", async () => {
    const { code, stdout, stderr } = await runExample('studies/constituents.ts', server.url)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toContain('000300.SYN: 48 constituents on 2024-12-02')
    expect(stdout).toMatch(/^2020 +44 +– +2 +44 and 4\d +(−?\d+\.\d %) +(−?\d+\.\d %) +(−?\d+\.\d %)$/m)
    expect(stdout).toMatch(/^2024 +48 +0 +0 +47 and 47 +(−?\d+\.\d %) +\1 +0\.0 %$/m)
  })

  it('window-query ranks the days in the database', async () => {
    const { code, stdout, stderr } = await runExample('studies/window-query.ts', server.url)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const falls = [...stdout.matchAll(/^\p{Script=Han}+ +(\d+) +-\d+\.\d\d +-?\d+\.\d\d +\S+ +\S+$/gmu)]
    expect(falls.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(250)
  })

  it('momentum-chart writes a chart with a title and a note that the data are synthetic', async () => {
    const file = join(server.folder, 'made', 'momentum.svg')
    const { code, stdout, stderr } = await runExample('studies/momentum-chart.ts', server.url, file)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toContain(`chart: ${file}`)
    const svg = await readFile(file, 'utf8')
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
    for (const text of [
      'momentum against the index',
      'SYNTHETIC DATA',
      'Value of 1 CNY',
      'Below last high',
      '>Date<',
      'Momentum, best 10',
      'Index 000300.SYN',
    ]) {
      expect(svg).toContain(text)
    }
    expect(svg).not.toMatch(/NaN|undefined/)
  })
})

describe('own-table', { timeout: 60_000 }, () => {
  it('own-table creates a table, serves it with its catalogue and queries it, without another server', async () => {
    const { code, stdout, stderr } = await runExample('own-table.ts')
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout.match(/^00000\d\.SYN +2024-01-0[34] /gm)).toHaveLength(6)
    expect(stdout).toMatch(/^000003\.SYN +2024-01-04 +0\.90 +1$/m)
    expect(stdout).toContain('the last two of 000003.SYN: 0.40, 0.90')
  })
})

describe('an example without data', { timeout: 60_000 }, () => {
  it('says how to start a server if none answers', async () => {
    const { code, stdout, stderr } = await runExample('quick-start.ts', 'http://127.0.0.1:9')
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain('npm start')
    expect(stderr).not.toContain('    at ')
  })

  it('says how to get data if the server has none', async () => {
    const empty = await startSample({ empty: true })
    try {
      for (const name of ['quick-start.ts', 'studies/momentum.ts', 'studies/adjustments.ts']) {
        const { code, stderr } = await runExample(name, empty.url)
        expect(code, name).toBe(1)
        expect(stderr, name).toContain('stockdb demo')
        expect(stderr, name).not.toContain('    at ')
      }
    } finally {
      await empty.close()
    }
  })
})

describe('an example on a server with too few bars', { timeout: 60_000 }, () => {
  let thin: SampleServer
  beforeAll(async () => {
    thin = await startSample()
    const database = new DatabaseSync(join(thin.folder, 'stockdb.sqlite'))
    // The list and the index have 50 stocks, of which two have bars.
    database.exec("delete from daily where ts_code not in ('002003.SYN', '600002.SYN')")
    database.close()
  })
  afterAll(() => thin.close())

  it('momentum exits and says how many stocks have bars', async () => {
    const { code, stdout, stderr } = await runExample('studies/momentum.ts', thin.url)
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^The study ranks at least 3 stocks a month; on \d{4}-\d\d-\d\d only \d of 2 have the bars/)
  })

  it('constituents and value-screen warn that some returns are missing', async () => {
    const constituents = await runExample('studies/constituents.ts', thin.url)
    expect(constituents.code, constituents.stderr).toBe(0)
    expect(constituents.stdout).toMatch(/^2024 +48 +0 +0 +2 and 2 /m)
    expect(constituents.stdout).toMatch(/^Careful: the returns cover \d+ of \d+ holdings;/m)
    const screen = await runExample('studies/value-screen.ts', thin.url)
    expect(screen.code, screen.stderr).toBe(0)
    expect(screen.stdout).toMatch(/^Careful: the returns cover \d+ of \d+ holdings;/m)
  })
})
