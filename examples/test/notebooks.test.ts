import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root, run, type SampleServer, startSample } from './run-example.ts'

const notebooks = readdirSync(join(root, 'examples', 'notebooks')).filter((name) => name.endsWith('.ts'))
const folder = mkdtempSync(join(tmpdir(), 'stockdb-notebooks-'))
let server: SampleServer
beforeAll(async () => {
  server = await startSample()
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

/** What the reports say: enough to see that their figures are there. */
const shown: Readonly<Record<string, RegExp>> = {
  'first-look.ts': /<td>daily<\/td><td class="number">56921<\/td>/,
  'momentum.ts': /<td>best fifth<\/td><td class="number">\d+\.\d+<\/td>/,
  'value-screen.ts': /<td>2024-10-08<\/td><td class="number">10<\/td>/,
  'index-changes.ts': /6 stocks that joined 000300\.SYN/,
  'factor-ic.ts': /<td>low turnover<\/td>(?:<td class="number">-?\d+\.\d+<\/td>){3}<td class="number">59<\/td>/,
}

describe.each(notebooks)('the notebook %s', (name) => {
  const file = join('examples', 'notebooks', name)
  const url = () => `STOCKDB_URL=${server.url}`

  it('becomes a report with its tables and charts', { timeout: 60_000 }, async () => {
    const out = join(folder, `${name}.html`)
    const { code, stdout } = await run('env', [url(), 'stockdb', 'notebook', file, '--out', out])
    expect(stdout).toMatch(/cells of code, all ran$/m)
    expect(code).toBe(0)
    const html = readFileSync(out, 'utf8')
    expect(html).toMatch(shown[name] as RegExp)
    expect(html).toContain('<svg')
  })
})

// The same code as in the report: two of them show that it needs no notebook.
it.each(['first-look.ts', 'value-screen.ts'])(
  'the notebook %s runs as a plain script',
  { timeout: 60_000 },
  async (name) => {
    const file = join('examples', 'notebooks', name)
    const { code, stdout, stderr } = await run('env', [`STOCKDB_URL=${server.url}`, 'tsx', file])
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toMatch(/Chart: /)
  },
)
