import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { tushare } from '@stockdb/contract'
import { createLog, openEngine } from '@stockdb/server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { defaultBounds } from '../../src/bounds/settings.ts'
import { DuckdbFile } from '../../src/engine/duckdb/file.ts'
import { rowsOf } from '../../src/engine/duckdb/statements.ts'
import { bar, fileOf, header } from '../support/bar-file.ts'
import { duckdb } from '../support/engines/duckdb.ts'
import { expectIdleInTime } from '../support/idle-database.ts'
import { runProgram, startProgram, startServing } from '../support/program.ts'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { writeRows } from '../support/write-rows.ts'

const never = new AbortController().signal
const newPath = (): string => join(temporaryFolder(), 'stocks.duckdb')

/** Other programs, which DuckDB keeps out by its lock on the file. */
describe('a DuckDB file that a server has open', { timeout: 60_000 }, () => {
  it('is refused to commands that cannot go through the server, in one sentence with the process that has it', async () => {
    const path = newPath()
    const serving = await startServing(['--database', `duckdb:${path}`, '--data', temporaryFolder()])
    const commands = [
      ['migrate'],
      ['introspect', '--out', join(temporaryFolder(), 'never.ts')],
      ['serve', '--port', '0', '--data', temporaryFolder()],
    ]
    try {
      const runs = commands.map((command) => runProgram([...command, '--database', `duckdb:${path}`]))
      for (const { code, stdout, stderr } of await Promise.all(runs)) {
        expect([code, stdout]).toEqual([1, ''])
        expect(stderr).toMatch(
          new RegExp(
            `^stockdb: cannot open duckdb:stocks\\.duckdb: process ${serving.child.pid} \\(node\\) has it open, .*\\n$`,
          ),
        )
      }
    } finally {
      serving.child.kill('SIGTERM')
    }
    expect(await serving.ended).toBe(0)
    expect((await runProgram(['migrate', '--dry-run', '--database', `duckdb:${path}`])).code).toBe(0)
  })

  it('is refused while a program of others has it, with its process', async () => {
    const path = newPath()
    const holding = `import('@duckdb/node-api').then(async ({ DuckDBInstance }) => {
      const connection = await (await DuckDBInstance.create(process.argv[1])).connect()
      await connection.run('create table mine (a integer)')
      console.log('held')
      setInterval(() => connection, 1_000)
    })`
    const other = spawn(process.execPath, ['--eval', holding, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void other.kill('SIGKILL'))
    await once(other.stdout, 'data')
    const { code, stderr } = await runProgram([
      'introspect',
      '--out',
      join(temporaryFolder(), 'never.ts'),
      '--database',
      `duckdb:${path}`,
    ])
    expect([code, stderr]).toEqual([
      1,
      `stockdb: cannot open duckdb:stocks.duckdb: process ${other.pid} (node) has it open, and DuckDB lets one process write to a file; stop that process first; if it is a stockdb server, "stockdb import" writes through it\n`,
    ])
  })

  it('invariant 5: holds nothing of an import that was killed, and opens again', async () => {
    const path = newPath()
    const address = `duckdb:${path}`
    await (await serve(address)).close()
    const lines = Array.from({ length: 300_000 }, (_, index) => bar(`I${index}`, '20240102')).join('\n')
    const program = startProgram([
      'import',
      fileOf(`${header}\n${lines}\n`),
      '--dataset',
      'daily',
      '--database',
      address,
    ])
    await sleep(2_500)
    program.child.kill('SIGKILL')
    expect(await program.ended).toBe('SIGKILL')
    expect(await sql(address, 'select count(*) from daily')).toEqual([[0n]])
  })

  it('is an error for readers once it is deleted, and not the old rows', async () => {
    const path = newPath()
    const { db, close } = await serve(`duckdb:${path}`)
    onTestFinished(close)
    expect((await db.daily.range({})).numRows).toBe(0)
    rmSync(path)
    await expect(db.daily.range({})).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringMatching(/^the database file is missing: it was deleted or moved/),
    })
  })
})

describe('a DuckDB file', () => {
  it('of others is opened for reading, and for writing only by what writes', async () => {
    const path = newPath()
    await sql(`duckdb:${path}`, 'create table mine (a integer)')
    const engine = openEngine(`duckdb:${path}`, createLog('silent'))
    onTestFinished(() => engine.close())
    const mode = async () => {
      const file = DuckdbFile.of(path, defaultBounds)
      const lease = await file.lease()
      const rows = await rowsOf(lease.connection, "select current_setting('access_mode')")
      lease.giveBack()
      await file.close()
      return rows[0]?.[0]
    }
    expect(await engine.managed()).toBe(false)
    expect(await mode()).toMatch(/read_only/i)
    await engine.define(['create table second (b integer)'], never)
    expect(await mode()).not.toMatch(/read_only/i)
    expect(await engine.managed()).toBe(false)
    expect((await engine.describe('second', never))?.columns).toHaveLength(1)
  })

  it('is opened within the limits of the server, which nothing can change', async () => {
    const file = DuckdbFile.of(newPath(), { maxMemoryBytes: 2 ** 30, maxTempDiskBytes: 2 ** 29 })
    const { connection, giveBack } = await file.lease()
    onTestFinished(() => {
      giveBack()
      return file.close()
    })
    const setting = async (name: string) => (await rowsOf(connection, 'select current_setting($1)', [name]))[0]?.[0]
    expect(await setting('memory_limit')).toBe('256.0 MiB')
    expect(await setting('max_temp_directory_size')).toBe('512.0 MiB')
    expect(await setting('threads')).toBe(1n)
    expect(await setting('TimeZone')).toBe('UTC')
    for (const name of ['enable_external_access', 'autoinstall_known_extensions', 'autoload_known_extensions'])
      expect(await setting(name), name).toBe(false)
    await expect(rowsOf(connection, "set memory_limit = '8GB'")).rejects.toThrow('locked')
    await expect(rowsOf(connection, "select * from read_csv('/etc/hostname')")).rejects.toThrow('disabled')
  })

  it('takes no more disk for its queries than the limit', async () => {
    const file = DuckdbFile.of(newPath(), { maxMemoryBytes: 2 ** 26, maxTempDiskBytes: 2 ** 20 })
    const { connection, discard } = await file.lease()
    onTestFinished(() => {
      discard()
      return file.close()
    })
    const sorted = 'select count(*) from (select row_number() over (order by hash(i)) as r from range(1000000) t(i))'
    await expect(rowsOf(connection, sorted)).rejects.toThrow(/failed to offload .*\/1\.0 MiB used/)
  })

  it('has temporary files of its own, which two processes that read it would overwrite, and leaves none behind', async () => {
    const path = newPath()
    await sql(`duckdb:${path}`, 'create table mine as select i from range(1000000) t(i)')
    const gone = spawnSync(process.execPath, ['--version']).pid
    const leftOf = (pid: number) => `${path}.tmp-${hostname()}-${pid}-0123abcd`
    for (const pid of [gone, process.ppid]) mkdirSync(leftOf(pid))
    const file = DuckdbFile.of(path, { maxMemoryBytes: 2 ** 26, maxTempDiskBytes: 2 ** 29 })
    const { connection, discard } = await file.lease()
    const [[folder] = []] = await rowsOf(connection, "select current_setting('temp_directory')")
    expect([dirname(String(folder)), String(folder) === `${path}.tmp`]).toEqual([dirname(path), false])
    expect(existsSync(leftOf(gone))).toBe(false)
    // It may be at work.
    expect(existsSync(leftOf(process.ppid))).toBe(true)
    await rowsOf(connection, 'select count(*) from (select row_number() over (order by hash(i)) as r from mine)')
    expect(existsSync(String(folder))).toBe(true)
    discard()
    await file.close()
    expect(existsSync(String(folder))).toBe(false)
  })

  it('is refused where the package is not installed, with what to do', async () => {
    const refusal = `import{registerHooks}from'node:module';registerHooks({resolve(name,context,next){if(name==='@duckdb/node-api')throw new Error('none');return next(name,context)}})`
    const path = newPath()
    const { code, stderr } = await runProgram(['migrate', '--database', `duckdb:${path}`], {
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(refusal)}`,
    })
    expect([code, stderr.split('\n').at(-2)]).toEqual([
      1,
      'stockdb: cannot open duckdb:stocks.duckdb: install @duckdb/node-api',
    ])
  })

  it('does not support sql.run, and says what to use', async () => {
    const { db, close } = await serve(`duckdb:${newPath()}`)
    onTestFinished(close)
    await expect(db.sql('select ts_code from daily')).rejects.toMatchObject({
      code: 'QUERY_REFUSED',
      message: expect.stringMatching(/^sql: sql.run is not supported on DuckDB; use db.query/),
    })
  })
})

describe('a query on DuckDB that works for days', { timeout: 60_000 }, () => {
  it('invariant 3: is gone within 250 ms when its caller leaves, and holds up neither others nor pings', async () => {
    const store = await duckdb.makers[0]?.open()
    if (!store) throw new Error('DuckDB has no maker')
    onTestFinished(() => store.drop())
    const { db, server, close } = await serve(store.address)
    onTestFinished(close)
    await sql(
      store.address,
      "insert into daily (ts_code, trade_date, close) select 'C' || i, date '2024-01-02', i from range(100000) t(i)",
    )
    await expectIdleInTime(async () => {
      const times: number[] = []
      for (let round = 0; round < 5; round++) {
        const controller = new AbortController()
        const left = Array.from({ length: 4 }, () =>
          db.query
            .selectFrom('daily as a')
            .crossJoin('daily as b')
            .crossJoin('daily as c')
            .select(({ fn }) => fn.max('c.close').as('most'))
            .execute({ signal: controller.signal }),
        )
        await expect.poll(() => server.engine.load().busy, { timeout: 20_000 }).toBe(4)
        await server.engine.ping(AbortSignal.timeout(1_000))
        const from = performance.now()
        controller.abort()
        for (const { status } of await Promise.allSettled(left)) expect(status).toBe('rejected')
        while (server.engine.load().busy > 0) await sleep(1)
        times.push(performance.now() - from)
      }
      return times
    })
    await writeRows(server.engine, tushare.daily, [['Z', '2024-01-02']], ['ts_code', 'trade_date'])
    expect((await db.daily.range({ symbols: ['Z'] })).numRows).toBe(1)
  })
})
