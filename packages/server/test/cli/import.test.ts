import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { bar, fileOf, header } from '../support/bar-file.ts'
import { runProgram, startProgram } from '../support/program.ts'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { oneOfEachEngine, type Store, sqliteMaker } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

describe.each(oneOfEachEngine)('stockdb import into $engine', ({ open }) => {
  let store: Store
  beforeAll(async () => {
    store = await open()
    // Makes the tables.
    await (await serve(store.address)).close()
  })
  afterAll(() => store?.drop())

  const load = (...files: string[]) =>
    runProgram(['import', ...files, '--dataset', 'daily', '--database', store.address])
  // Not while the program runs: some databases let one process have them.
  const rowsOf = async (symbols: string[]) => {
    const served = await serve(store.address)
    try {
      return await served.db.daily.range({ symbols, unknownSymbols: 'ignore', fields: ['close'] })
    } finally {
      await served.close()
    }
  }
  const closesOf = async (code: string): Promise<readonly number[]> => {
    const { columns } = await rowsOf([code])
    return [...columns.close]
  }

  it('loads a file, reports the rows, and changes nothing the second time', async () => {
    const file = fileOf([header, bar('TWICE', '20240102'), bar('TWICE', '2024-01-03', '')].join('\n'))
    for (let time = 0; time < 2; time++) {
      const { code, stdout, stderr } = await load(file)
      expect(stderr).toBe('')
      const counts = time === 0 ? '2 new, 0 changed, 0 unchanged' : '0 new, 0 changed, 2 unchanged'
      expect(stdout).toMatch(new RegExp(`bars\\.csv: 2 rows into daily in \\d+\\.\\d s: ${counts}, 0 kept\n$`))
      expect(code).toBe(0)
      expect(await closesOf('TWICE')).toEqual([10.52, Number.NaN])
    }
  })

  it('reports the mistake in a file in one line, and imports nothing of it', async () => {
    const good = Array.from({ length: 5_000 }, (_, index) => bar(`BAD${index}`, '20240102')).join('\n')
    const { code, stdout, stderr } = await load(fileOf(`${header}\n${good}\n${bar('BAD', '20240102', '1O.52')}\n`))
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toBe('stockdb: bars.csv, line 5002: close: got "1O.52"; expected a number such as 10.52\n')
    expect(await closesOf('BAD0')).toEqual([])
  })

  it('keeps the files imported before a failing one', async () => {
    const first = fileOf(`${header}\n${bar('FIRST', '20240102')}\n`)
    const second = fileOf('ts_code,trade_date,close,colour\n')
    const { code, stdout, stderr } = await load(first, second)
    expect(code).toBe(1)
    expect(stdout).toContain('1 rows into daily')
    expect(stderr).toContain('--ignore-unknown')
    expect(await closesOf('FIRST')).toEqual([10.52])
    expect((await load(second, '--ignore-unknown')).code).toBe(0)
  })

  it('invariant 5: SIGINT in the middle imports nothing of the file', async () => {
    const lines = Array.from({ length: 500_000 }, (_, index) => bar(`I${index}`, '20240102')).join('\n')
    const file = fileOf(`${header}\n${lines}\n`)
    for (const waitMs of [1_000, 3_000, 9_000]) {
      const program = startProgram(['import', file, '--dataset', 'daily', '--database', store.address])
      await sleep(waitMs)
      program.child.kill('SIGINT')
      const code = await program.ended
      // On a busy machine the program may have exited before it started the import.
      if (code === 'SIGINT') continue
      expect(code).toBe(1)
      expect(program.stdout).toBe('')
      expect(program.stderr).toMatch(/^stockdb: interrupted; nothing of this file was imported\n$/)
      expect((await rowsOf(['I0', 'I1', 'I5000', 'I20000'])).numRows).toBe(0)
      return
    }
    expect.unreachable('the program never came up')
  })
})

it('stockdb import lists the datasets if one is unknown', async () => {
  const { code, stderr } = await runProgram(['import', 'a.csv', '--dataset', 'dayly'])
  expect(code).toBe(1)
  expect(stderr).toMatch(/expected one of stock_basic, trade_cal, namechange/)
})

it('stockdb import refuses a table without its key, which would accept the same rows twice', async () => {
  const store = await sqliteMaker.open()
  onTestFinished(store.drop)
  const database = new DatabaseSync(store.address.slice('sqlite:'.length))
  database.exec('create table trade_cal (exchange text, cal_date text, is_open integer, pretrade_date text)')
  database.close()
  const file = fileOf('exchange,cal_date,is_open\nSSE,20240102,1\n')
  const { code, stderr } = await runProgram(['import', file, '--dataset', 'trade_cal', '--database', store.address])
  expect(stderr).toMatch(/^stockdb: the table trade_cal has no primary or unique key \(exchange, cal_date\)/m)
  expect(code).toBe(1)
})

describe.each(oneOfEachEngine)('stockdb import into a table of others, on $engine', ({ open }) => {
  it('takes a unique index over the key for it, in any order', async () => {
    const store = await open()
    onTestFinished(store.drop)
    const date = store.address.startsWith('sqlite:') ? 'text' : 'date'
    const columns = `exchange varchar(8) not null, cal_date ${date} not null, is_open integer, pretrade_date ${date}`
    await sql(store.address, `create table trade_cal (${columns}, unique (cal_date, exchange))`)
    const args = ['--dataset', 'trade_cal', '--database', store.address]
    for (const open of [1, 0]) {
      const file = fileOf(`exchange,cal_date,is_open\nSSE,20240102,${open}\n`)
      expect(await runProgram(['import', file, ...args])).toMatchObject({ code: 0 })
    }
    expect((await sql(store.address, 'select is_open from trade_cal')).map(([open]) => Number(open))).toEqual([0])
  })
})

describe('a missing SQLite file', () => {
  const daily = ['--dataset', 'daily', '--database']

  it('is created by a command that writes, with a message', async () => {
    const path = join(temporaryFolder(), 'new', 'own.db')
    const file = fileOf(`${header}\n${bar('NEW', '20240102')}\n`)
    const { code, stdout } = await runProgram(['import', file, ...daily, `sqlite:${path}`])
    expect(code).toBe(0)
    expect(stdout).toContain(`created ${path}, because there was no such file\n`)
    expect((await runProgram(['import', file, ...daily, `sqlite:${path}`])).stdout).not.toContain('created')
  })

  it.each([
    ['introspect', '--out', 'never.ts'],
    ['migrate', '--dry-run'],
    ['serve', '--port', '0'],
  ])('is refused by a command that reads: %s', async (...command) => {
    const folder = join(temporaryFolder(), 'mistyped')
    const { code, stdout, stderr } = await runProgram([...command, '--database', `sqlite:${folder}/path.db`])
    expect([code, stdout]).toEqual([1, ''])
    const missing = command[0] === 'serve' ? `folder ${folder}` : `file ${folder}/path.db`
    expect(stderr).toContain(`stockdb: --database: there is no ${missing}; expected `)
    expect(existsSync(folder)).toBe(false)
  })
})

it('reports how the table differs from its declaration', async () => {
  const path = join(temporaryFolder(), 'own.db')
  const database = new DatabaseSync(path)
  database.exec(
    'create table daily (ts_code text not null, trade_date text not null, close real, primary key (ts_code, trade_date))',
  )
  database.close()
  const config = join(temporaryFolder(), 'own.json')
  const field = (type: string, nullable: boolean) => ({ type, nullable, description: 'A field' })
  const fields = { ts_code: field('symbol', false), trade_date: field('date', false), close: field('float64', true) }
  const dataset = { name: 'daily', description: 'Bars', fields, key: ['ts_code', 'trade_date'], date: 'trade_date' }
  writeFileSync(config, JSON.stringify({ daily: dataset }))
  const file = fileOf('ts_code,trade_date,close\nA,20240102,1\n')
  const command = ['import', file, '--dataset', 'daily', '--database', `sqlite:${path}`, '--config', config]
  expect((await runProgram(command)).stderr).toBe(
    'stockdb: table differs from its declaration; dataset: daily; differences: close: found REAL, declared ANY, trade_date: found no index, declared an index\n',
  )
})
