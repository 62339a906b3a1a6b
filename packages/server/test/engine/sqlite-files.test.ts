import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@stockdb/client'
import { date, defineCatalogue, defineDataset, float64, symbol, tushare } from '@stockdb/contract'
import { createLog, type ReadBatch, type ReadQuery, start } from '@stockdb/server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { defaultBounds } from '../../src/bounds/settings.ts'
import { openEngine } from '../../src/engine/open.ts'
import { withOwnTables } from '../../src/engine/own-tables.ts'
import { APPLICATION_ID, SqliteFile } from '../../src/engine/sqlite/file.ts'
import { whenUnlocked } from '../../src/engine/sqlite/when-unlocked.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { makeUserFile } from '../support/user-file.ts'

const bars = defineDataset({
  name: 'bars',
  managed: false,
  description: 'A table that a script made',
  fields: {
    ts_code: symbol.required('code'),
    trade_date: date.required('day'),
    close: float64('price'),
  },
  key: ['ts_code', 'trade_date'],
  symbol: 'ts_code',
  date: 'trade_date',
})
const catalogue = defineCatalogue({ bars })

const digestOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')

async function serve(file: string, bounds: Partial<typeof defaultBounds> = {}) {
  const server = await start({ database: `sqlite:${file}`, catalogue, port: 0, log: createLog('silent'), bounds })
  onTestFinished(() => server.close())
  return connect<typeof catalogue>(server.url, { retries: 0 })
}

describe('an existing SQLite file', () => {
  it.each(['delete', 'wal'])('in mode %s is served without changing a byte', async (mode) => {
    const file = join(temporaryFolder(), 'mine.db')
    makeUserFile(file, { mode })
    const before = digestOf(file)
    const db = await serve(file)
    expect((await db.bars.range({ fields: ['close'] })).numRows).toBe(3)
    expect((await db.sql('select * from bars')).numRows).toBe(3)
    expect(await db.query.selectFrom('bars').selectAll().execute()).toHaveLength(3)
    expect((await db.meta.datasets())[0]?.coverage?.rows).toBe(3)
    expect(digestOf(file)).toBe(before)
    if (mode === 'delete') expect(readdirSync(join(file, '..'))).toEqual(['mine.db'])
  })

  it('that is damaged is an error which says so', async () => {
    const file = join(temporaryFolder(), 'mine.db')
    makeUserFile(file)
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.fill(0xa5, bytes.readUInt16BE(16)))
    const db = await serve(file)
    await expect(db.bars.range({ fields: ['close'] })).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringMatching(/^the database file is damaged; "pragma integrity_check" says where/),
    })
  })

  it('stays locked by a snapshot when its header is read', () => {
    const path = join(temporaryFolder(), 'mine.db')
    makeUserFile(path)
    // A lock only holds against other processes, which is why this is one.
    const write = `new (require('node:sqlite').DatabaseSync)(process.argv[1]).exec('update bars set close = close * 2')`
    const writes = () => spawnSync(process.execPath, ['--no-warnings', '-e', write, path], { encoding: 'utf8' }).stderr
    const reader = new DatabaseSync(path, { readOnly: true })
    reader.exec('begin; select * from bars')
    expect(new SqliteFile(path).locks).toBe(true)
    expect(writes()).toMatch(/database is locked/)
    reader.exec('commit')
    expect(writes()).toBe('')
    reader.close()
  })

  it('keeps its journal mode when a command writes to it', async () => {
    const file = join(temporaryFolder(), 'mine.db')
    makeUserFile(file)
    const engine = openEngine(`sqlite:${file}`, createLog('silent'))
    const transaction = await engine.begin(new AbortController().signal)
    await transaction.upsert(bars, ['ts_code', 'trade_date', 'close'], [['600519.SH', '2024-01-02', 9]])
    await transaction.commit()
    await engine.close()
    const database = new DatabaseSync(file)
    expect(database.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'delete' })
    expect(database.prepare('select count(*) as rows from bars').get()).toEqual({ rows: 4 })
    expect(database.prepare('pragma application_id').get()).toEqual({ application_id: 0 })
    database.close()
  })

  it('is not locked by a slow reader', { timeout: 60_000 }, async () => {
    const file = join(temporaryFolder(), 'mine.db')
    makeUserFile(file, { rows: 250_000 })
    const db = await serve(file)
    const slow = db.bars.stream({})[Symbol.asyncIterator]()
    await slow.next()
    const writer = new DatabaseSync(file, { timeout: 0 })
    const insert = (): string => {
      try {
        writer.exec("insert into bars values ('600519.SH', '2024-01-02', 9)")
        return 'written'
      } catch (error) {
        return (error as Error).message
      }
    }
    // The whole answer is read ahead and the file released, whatever the reader does.
    await expect.poll(insert, { timeout: 20_000 }).toBe('written')
    writer.close()
    let rows = 16_384
    for (let next = await slow.next(); !next.done; next = await slow.next()) rows += next.value.numRows
    expect(rows).toBe(250_000)
  })
})

it('waiting for a locked SQLite file does not block other calls', {
  timeout: 30_000,
}, async () => {
  const file = join(temporaryFolder(), 'mine.db')
  makeUserFile(file, { close: 1 })
  const engine = openEngine(`sqlite:${file}`, createLog('silent'))
  const other = new DatabaseSync(file)
  onTestFinished(async () => {
    other.close()
    await engine.close()
  })
  const { signal } = new AbortController()
  const column = { name: 'close', type: 'float64', nullable: true } as const
  const query: ReadQuery = { sql: 'select close from bars', parameters: [], columns: [column] }
  const rowsOf = async (batches: AsyncIterable<ReadBatch>): Promise<number> => {
    let rows = 0
    for await (const { batch } of batches) rows += batch.numRows
    return rows
  }
  const uses: (() => Promise<unknown>)[] = [
    () => engine.ping(signal),
    () => engine.describe('bars', signal),
    () => rowsOf(engine.read(query, signal)),
    () => rowsOf(engine.read({ ...query, long: true }, signal)),
    async () => rowsOf((await engine.snapshot([], signal)).readLast(query, signal)),
    async () => (await engine.begin(signal)).rollback(),
    () => engine.define(['create table made (n integer)'], signal),
  ]
  for (const use of uses) {
    other.exec('begin exclusive')
    // If SQLite itself waited in this thread, the lock would never be released.
    setTimeout(() => other.exec('rollback'), 200)
    await use()
  }
  // A reader blocks a commit.
  const transaction = await engine.begin(signal)
  await transaction.upsert(bars, ['ts_code', 'trade_date', 'close'], [['600519.SH', '2024-03-01', 7]])
  const reading = other.prepare('select 1 from bars').iterate()
  reading.next()
  setTimeout(() => reading.return?.(), 200)
  await transaction.commit()
  await expect(
    whenUnlocked(() => {
      throw Object.assign(new Error('busy'), { errcode: 5 })
    }, 30),
  ).rejects.toThrow('busy')
})

it('a writer who locks a SQLite file just before a snapshot is read only makes it wait', async () => {
  const file = join(temporaryFolder(), 'mine.db')
  makeUserFile(file)
  const other = new DatabaseSync(file)
  other.exec('create table stockdb_sequence (id integer, last integer); insert into stockdb_sequence values (1, 7)')
  const engine = openEngine(`sqlite:${file}`, createLog('silent'))
  onTestFinished(async () => {
    other.close()
    await engine.close()
  })
  const { signal } = new AbortController()
  const column = { name: 'close', type: 'float64', nullable: true } as const
  const query: ReadQuery = { sql: 'select close from bars', parameters: [], columns: [column] }
  const snapshot = await engine.snapshot([], signal)
  other.exec('begin exclusive')
  setTimeout(() => other.exec('rollback'), 100)
  let rows = 0
  for await (const { batch } of snapshot.readLast(query, signal)) rows += batch.numRows
  expect({ rows, sequence: snapshot.sequence }).toEqual({ rows: 3, sequence: 7 })
  // Who leaves meanwhile does not wait for the writer.
  const left = await engine.snapshot([], signal)
  other.exec('begin exclusive')
  setTimeout(() => left.end(), 100)
  await expect(left.read(query, signal)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'CANCELLED' })
  expect(engine.load().busy).toBe(0)
})

describe('a SQLite file that stockdb makes', () => {
  it('is marked as made by stockdb, and in WAL mode', async () => {
    const file = join(temporaryFolder(), 'new.db')
    const server = await start({ database: `sqlite:${file}`, port: 0, log: createLog('silent') })
    await server.close()
    const database = new DatabaseSync(file)
    expect(database.prepare('pragma application_id').get()).toEqual({ application_id: APPLICATION_ID })
    expect(database.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
    const tables = database.prepare("select count(*) as n from sqlite_schema where type = 'table'").get()
    expect(tables).toEqual({ n: Object.keys(withOwnTables(tushare)).length })
    // As left by versions without the mark.
    database.exec('pragma application_id = 0; drop table daily')
    database.close()
    const again = await start({ database: `sqlite:${file}`, port: 0, log: createLog('silent') })
    onTestFinished(() => again.close())
    const db = await connect(again.url)
    expect((await db.daily.range({})).numRows).toBe(0)
  })

  it('keeps its WAL short by ending the oldest reader in the way', { timeout: 60_000 }, async () => {
    const file = join(temporaryFolder(), 'own.db')
    const maxWalBytes = 2 ** 20
    const engine = openEngine(`sqlite:${file}`, createLog('silent'), { ...defaultBounds, maxWalBytes })
    onTestFinished(() => engine.close())
    const { signal } = new AbortController()
    await engine.define(['create table t (a integer primary key, b text) strict'], signal)
    const writer = new DatabaseSync(file)
    onTestFinished(() => writer.close())
    const write = (count: number): void => {
      writer.exec('begin')
      const insert = writer.prepare('insert into t (b) values (?)')
      for (let row = 0; row < count; row++) insert.run('x'.repeat(50))
      writer.exec('commit')
    }
    write(150_000)
    const column = { name: 'b', type: 'text', nullable: true } as const
    const reading = engine
      .read({ sql: 'select b from t', parameters: [], columns: [column] }, signal)
      [Symbol.asyncIterator]()
    await reading.next()
    write(50_000)
    write(50_000)
    const expired = expect(
      (async () => {
        await sleep(2_500)
        while (!(await reading.next()).done);
      })(),
    ).rejects.toMatchObject({ code: 'SNAPSHOT_EXPIRED', retryable: true })
    await expired
    await expect.poll(() => statSync(`${file}-wal`).size, { timeout: 10_000 }).toBeLessThanOrEqual(maxWalBytes)
  })
})

describe('a replaced SQLite file', () => {
  it('is read by every kind of call', async () => {
    const folder = temporaryFolder()
    const [file, other] = [join(folder, 'mine.db'), join(folder, 'other.db')]
    makeUserFile(file, { close: 1 })
    makeUserFile(other, { close: 2, rows: 2 })
    const db = await serve(file)
    const closes = async () => [
      [...(await db.bars.range({})).columns.close],
      [...(await db.bars.latest({})).columns.close],
      [...(await db.sql<{ close: number }>('select close from bars')).columns.close],
      (await db.query.selectFrom('bars').select('close').execute()).map(({ close }) => close),
    ]
    expect(await closes()).toEqual([[1, 1, 1], [1], [1, 1, 1], [1, 1, 1]])
    renameSync(other, file)
    // Answers from memory may be a second old.
    await sleep(1_100)
    expect(await closes()).toEqual([[2, 2], [2], [2, 2], [2, 2]])
  })

  it('is an error while it is missing, not answers from the deleted file', async () => {
    const file = join(temporaryFolder(), 'mine.db')
    makeUserFile(file)
    const db = await serve(file)
    expect((await db.bars.range({})).numRows).toBe(3)
    copyFileSync(file, `${file}.kept`)
    rmSync(file)
    const gone = {
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringMatching(/^the database file is missing: it was deleted or moved/) as unknown,
    }
    await expect(db.bars.range({})).rejects.toMatchObject(gone)
    await expect(db.sql('select 1 as one')).rejects.toMatchObject(gone)
    await expect(db.query.selectFrom('bars').selectAll().execute()).rejects.toMatchObject(gone)
    expect(await db.ops.health()).toMatchObject({ database: 'unavailable' })
    renameSync(`${file}.kept`, file)
    expect((await db.bars.range({})).numRows).toBe(3)
  })
})
