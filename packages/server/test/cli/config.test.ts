import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { askJson } from '../support/ask-json.ts'
import { runProgram, startServing } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const alpha = `{
  name: 'my_alpha', description: 'A factor of my own',
  fields: { ts_code: symbol.required('Code'), trade_date: date.required('Day'), alpha: float64('The factor') },
  key: ['ts_code', 'trade_date'], symbol: 'ts_code', date: 'trade_date',
}`
const names = 'date, defineCatalogue, defineDataset, float64, symbol, tushare'
const source = (body: string) => `import { ${names} } from '@stockdb/contract'\n${body}\n`
const json = {
  my_alpha: {
    name: 'my_alpha',
    description: 'A factor of my own',
    fields: {
      ts_code: { type: 'symbol', nullable: false, description: 'Code' },
      trade_date: { type: 'date', nullable: false, description: 'Day' },
    },
    key: ['ts_code', 'trade_date'],
    symbol: 'ts_code',
    date: 'trade_date',
  },
}

function file(name: string, content: string): string {
  const path = join(temporaryFolder(), name)
  writeFileSync(path, content)
  return path
}

/** The datasets in `meta.info`. */
async function datasetsOf(config: string, env = {}): Promise<string[]> {
  const data = temporaryFolder()
  const args = Object.keys(env).length > 0 ? [] : ['--config', config]
  const server = await startServing(['--data', data, '--log-level', 'error', ...args], env)
  try {
    return Object.keys(((await askJson(server.url, 'meta.info')) as unknown as { datasets: object }).datasets)
  } finally {
    server.child.kill('SIGTERM')
    await server.ended
  }
}

describe('--config', () => {
  // These folders have no packages installed: the file uses the server's copy of the contract.
  it.each([
    [
      'TypeScript, by default',
      'a.ts',
      source(`const own: object = defineCatalogue({ my_alpha: defineDataset(${alpha}) })\nexport default own`),
    ],
    [
      'TypeScript, by name',
      'a.mts',
      source(`export const catalogue = defineCatalogue({ my_alpha: defineDataset(${alpha}) })`),
    ],
    ['JavaScript', 'a.mjs', source(`export default { my_alpha: ${alpha} }`)],
    ['JSON', 'a.json', JSON.stringify(json)],
    ['JSON with roles', 'a.json', JSON.stringify({ ...json, $roles: { stocks: { dataset: 'my_alpha' } } })],
    [
      'TypeScript with roles',
      'a.ts',
      source(
        `export default defineCatalogue({ my_alpha: defineDataset(${alpha}) }, { stocks: { dataset: 'my_alpha' } })`,
      ),
    ],
  ])('takes %s', async (_, name, content) => {
    expect(await datasetsOf(file(name, content))).toEqual(['my_alpha'])
  })

  it("can include Tushare's datasets, and can be set in the environment", async () => {
    const config = file(
      'mixed.ts',
      source(`export default defineCatalogue({ ...tushare, my_alpha: defineDataset(${alpha}) })`),
    )
    const datasets = await datasetsOf('', { STOCKDB_CONFIG: config })
    for (const name of ['daily', 'stock_basic', 'my_alpha']) expect(datasets).toContain(name)
  })

  it('is used by migrate and import: the table is created, filled and served', async () => {
    const config = file('own.ts', source(`export default defineCatalogue({ my_alpha: defineDataset(${alpha}) })`))
    const database = `sqlite:${join(temporaryFolder(), 'own.sqlite')}`
    const rows = file('alpha.csv', 'ts_code,trade_date,alpha\n600519.SH,20240102,0.5\n')
    const migrated = await runProgram(['migrate', '--database', database, '--config', config])
    expect(migrated.stdout).toBe(
      ['my_alpha', 'stockdb_keys', 'stockdb_sequence', 'stockdb_changes', 'stockdb_factors']
        .map((name) => `${name}: created\n`)
        .join(''),
    )
    const imported = await runProgram([
      'import',
      rows,
      '--dataset',
      'my_alpha',
      '--database',
      database,
      '--config',
      config,
    ])
    expect(imported.code, imported.stderr).toBe(0)
    const unknown = await runProgram(['import', rows, '--dataset', 'daily', '--database', database, '--config', config])
    expect(unknown.stderr).toBe('stockdb: --dataset: got "daily"; expected one of my_alpha\n')
    const server = await startServing(['--database', database, '--config', config, '--log-level', 'error'])
    try {
      expect((await askJson(server.url, 'my_alpha.range')).items).toEqual([['600519.SH', '2024-01-02', 0.5]])
    } finally {
      server.child.kill('SIGTERM')
      await server.ended
    }
  })

  it.each([
    ['that does not exist', 'gone.ts', undefined, /there is no such file/],
    ['of another kind', 'a.yaml', 'a: 1', /expected a file ending in \.ts, \.mts, \.js, \.mjs, \.json/],
    ['that cannot be parsed', 'a.json', '{', /JSON/],
    ['that throws', 'a.ts', "throw new Error('no luck')", /no luck/],
    [
      'that exports nothing',
      'a.ts',
      'export const other = 1',
      /expected a catalogue, exported by default or as "catalogue"/,
    ],
    ['without datasets', 'a.ts', 'export default {}', /the catalogue has no dataset/],
    ['with an invalid dataset', 'a.ts', 'export default { a: 1 }', /a: expected a dataset, made by defineDataset/],
    [
      'with a field without a type',
      'a.json',
      JSON.stringify({ a: { ...json.my_alpha, fields: { x: { type: 'money', nullable: true, description: '' } } } }),
      /a\.fields\.x\.type: expected a type of field: text, symbol, date/,
    ],
    [
      'with an unknown role field',
      'a.json',
      JSON.stringify({ my_alpha: { ...json.my_alpha, date: 'day' } }),
      /dataset my_alpha: date names the field day, which it does not have/,
    ],
    ...['a.json', 'a.mjs'].map((name): [string, string, string, RegExp] => [
      `with a role that does not fit its dataset, ${name}`,
      name,
      `${name === 'a.json' ? '' : 'export default '}${JSON.stringify({
        ...json,
        $roles: { calendar: { dataset: 'my_alpha', exchange: 'ts_code', day: 'trade_date', open: 'ts_code' } },
      })}`,
      /roles\.calendar\.open: got "ts_code"; expected a field of my_alpha of type bool or int32 or int64/,
    ]),
    [
      'under another name than its own',
      'a.json',
      JSON.stringify({ other: json.my_alpha }),
      /dataset my_alpha is registered as other/,
    ],
    [
      'with a reserved name',
      'a.json',
      JSON.stringify({ query: { ...json.my_alpha, name: 'query' } }),
      /dataset query: this name is reserved by the server or the client/,
    ],
  ])('refuses a file %s, and says why', async (_, name, content, reason) => {
    const config = content === undefined ? join(temporaryFolder(), name) : file(name, content)
    const { code, stdout, stderr } = await runProgram([
      'migrate',
      '--dry-run',
      '--data',
      temporaryFolder(),
      '--config',
      config,
    ])
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^stockdb: --config /)
    expect(stderr).toMatch(reason)
  })
})
