import { date, defineDataset, float64, int32, symbol, text } from '@stockdb/contract'
import { createLog, openEngine } from '@stockdb/server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { importFile } from '../../src/ingest/import-file.ts'
import { fileOf } from '../support/bar-file.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, everyEngine, indexedMakers, mysqlMakers, type StoreMaker } from '../support/stores.ts'

const px = defineDataset({
  name: 'px',
  description: 'An existing table',
  fields: {
    code: symbol.required('Code'),
    day: date.required('Date'),
    close: float64('Close'),
    name: text('Name'),
    number: int32('Number'),
  },
  key: ['code', 'day'],
})

async function opened(maker: StoreMaker, ...statements: string[]) {
  const store = await maker.open()
  await sql(store.address, ...statements)
  const engine = openEngine(store.address, createLog('silent'))
  onTestFinished(async () => {
    await engine.close()
    await store.drop()
  })
  return (content: string) =>
    importFile(engine, fileOf(content), {
      dataset: px,
      ignoreUnknown: false,
      signal: new AbortController().signal,
      onProgress: () => {},
    })
}

describe.each(mysqlMakers)('a value that a column cannot hold, on $engine', (maker) => {
  it.each([
    ['close', '99999', 'decimal(5,2)', '99999'],
    ['name', 'abcdef', 'varchar(3)', '"abcdef"'],
    ['number', '1000', 'tinyint', '1000'],
  ])('is reported with its row: %s = %s in %s', async (column, value, type, shown) => {
    const load = await opened(
      maker,
      `create table px (code varchar(9), day date, ${column} ${type}, primary key (code, day))`,
    )
    await expect(load(`code,day,${column}\na,20240102,\na,20240103,${value}\n`)).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: `table px, column ${column}: got ${shown} in the row code = "a", day = "2024-01-03"; expected a value that the column can hold`,
    })
  })

  it('is reported if a text is not in the character set', async () => {
    const columns = 'code varchar(9), day date, name varchar(3) character set latin1, primary key (code, day)'
    const load = await opened(maker, `create table px (${columns})`)
    await expect(load('code,day,name\na,20240102,平\n')).rejects.toThrow(/^table px[,:] /)
  })

  it('never replaces a row of another key with the same value in another unique index', async () => {
    const columns = 'code varchar(9), day date, number int, primary key (code, day)'
    const load = await opened(maker, `create table px (${columns}, unique (number))`)
    await expect(load('code,day,number\na,20240102,1\nb,20240102,1\n')).rejects.toThrow(
      'the table px has a unique index on (number) besides its key (code, day)',
    )
  })

  it('accepts rows if another unique index includes the key, or nothing of the file', async () => {
    const columns = 'id int auto_increment primary key, code varchar(9), day date, number int'
    const load = await opened(maker, `create table px (${columns}, unique (code, day), unique (number, day, code))`)
    expect(await load('code,day,number\na,20240102,1\nb,20240102,1\n')).toMatchObject({ inserted: 2 })
  })
})

describe.each(everyEngine)('a value for a column that the database computes, on $engine', (maker) => {
  it('is refused, and the column is named', async () => {
    const columns =
      'code varchar(9), day date, close double precision, number int generated always as (close * 2) virtual'
    const load = await opened(maker, `create table px (${columns}, primary key (code, day))`)
    expect(await load('code,day,close\na,20240102,1\n')).toMatchObject({ inserted: 1 })
    for (const day of ['20240102', '20240103'])
      await expect(load(`code,day,close,number\na,${day},2,4\n`)).rejects.toMatchObject({
        code: 'SCHEMA_MISMATCH',
        message: expect.stringMatching(
          /^table px, (column number|one of the columns that are written): the database computes its values; leave it out of what is written$/,
        ),
      })
  })
})

describe.each(enginesOfRun)('a row that breaks a constraint, on $engine', (maker) => {
  it('is reported as such', async () => {
    const columns = 'code varchar(9), day date, close double precision, check (close > 0), primary key (code, day)'
    const load = await opened(maker, `create table px (${columns})`)
    await expect(load('code,day,close\na,20240102,1\na,20240103,-1\n')).rejects.toThrow(
      /^table px: a column or a constraint of the table refuses/,
    )
  })
})

const MYSQL = ['character set utf8mb4 collate utf8mb4_general_ci', 'character set utf8mb4 collate utf8mb4_bin'] as const
const collations: Readonly<Record<string, readonly [ignoresCase: string, ignoresSpaces: string]>> = {
  SQLite: ['collate nocase', 'collate rtrim'],
}

// Keys in DuckDB compare bytes, whatever the collation of their column.
describe.each(indexedMakers)('keys that a collation treats as equal, in $engine', (maker) => {
  const table = (collation: string): string =>
    `create table px (code varchar(9) ${collation} not null, day date not null, number int, primary key (code, day))`
  const [ignoresCase, ignoresSpaces] = collations[maker.engine] ?? MYSQL
  const reason = 'because the table px treats the two as equal; expected one spelling, or a collation of code that'

  it('are refused, naming both, in one file and in the table', async () => {
    const load = await opened(maker, table(ignoresCase))
    await expect(load('code,day,number\nb,20240102,0\na.SH,20240102,1\nA.sh,20240102,2\n')).rejects.toThrow(
      `line 4: its key (code "A.sh", day "2024-01-02") would replace the row of another key (code "a.SH", day "2024-01-02"), ${reason}`,
    )
    const rows = Array.from({ length: 600 }, (_, row) => `c${row},20240102,${row}\n`).join('')
    expect(await load(`code,day,number\na.SH,20240102,1\n${rows}`)).toMatchObject({ inserted: 601 })
    await expect(load(`code,day,number\n${rows}A.sh,20240103,1\nA.SH,20240102,2\n`)).rejects.toThrow(
      `line 603: its key (code "A.SH", day "2024-01-02") would replace the row of another key (code "a.SH"`,
    )
    expect(await load('code,day,number\na.SH,20240102,1\n')).toMatchObject({ unchanged: 1 })
  })

  it('are refused if they differ only in trailing spaces', async () => {
    const load = await opened(maker, table(ignoresSpaces), "insert into px values ('a ', '2024-01-02', 1)")
    await expect(load('code,day,number\na,20240102,2\n')).rejects.toThrow(
      `line 2: its key (code "a", day "2024-01-02") would replace the row of another key (code "a "`,
    )
    expect(await load('code,day,number\na,20240103,2\n')).toMatchObject({ inserted: 1 })
  })
})
