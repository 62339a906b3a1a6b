import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Dataset, tushare } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import { createLog, openEngine } from '@stockdb/server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { capturedLog } from '../support/captured-log.ts'
import { runProgram, startServing } from '../support/program.ts'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { mysqlMakers } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { writeRows } from '../support/write-rows.ts'

const bar: readonly StoredValue[] = ['600519.SH', '2024-01-02', 1_685]
const fields = ['ts_code', 'trade_date', 'close']
const daily: Dataset = tushare.daily

describe.each(mysqlMakers)('stockdb grants on $engine', ({ open }) => {
  it('prints statements that create two accounts, one that can only read and one that can write', async () => {
    const store = await open()
    onTestFinished(() => store.drop())
    await (await serve(store.address)).close()
    // Uses our own host: if anonymous accounts exist, '%' would not be chosen.
    const [[from = ''] = []] = (await sql(store.address, "select substring_index(user(), '@', -1)")) as string[][]
    const printed = await runProgram(['grants', '--database', store.address, '--from', from])
    expect(printed).toMatchObject({ code: 0, stderr: '' })
    const statements = printed.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('--'))
    expect(statements.filter((line) => line.startsWith('CREATE USER')).length).toBe(2)
    // The printed names are the same for all databases of a server; concurrent test files need different ones.
    const unique = store.address.slice(-8)
    const own = (text: string): string => text.replaceAll(/stockdb_(read|write)\b/g, `$1_${unique}`)
    onTestFinished(() => void sql(store.address, `drop user 'read_${unique}'@'${from}', 'write_${unique}'@'${from}'`))
    await sql(store.address, ...statements.map((line) => own(line.replace(/;$/, ''))))
    const [read, write] = Array.from(printed.stdout.matchAll(/-database (mysql:\S+)/g), ([, address]) =>
      own(address ?? ''),
    )
    if (!write || !read) throw new Error('the addresses of the accounts are not printed')

    const writer = openEngine(write, createLog('silent'))
    await writeRows(writer, daily, [bar], fields)
    await writeRows(writer, daily, [bar], fields)
    expect(await writer.excessRights(new AbortController().signal)).toEqual([])
    await writer.close()
    const reader = openEngine(read, createLog('silent'))
    await expect(writeRows(reader, daily, [bar], fields)).rejects.toThrow(/lacks a right.*stockdb grants/)
    expect(await reader.excessRights(new AbortController().signal)).toEqual([])
    await reader.close()
    for (const address of [read, write]) {
      for (const forbidden of [
        'delete from daily',
        'drop table daily',
        'create table x (a int)',
        'select * from mysql.user',
        "select 1 into outfile '/tmp/x'",
      ]) {
        await expect(sql(address, forbidden), forbidden).rejects.toThrow(/denied/)
      }
      const { log, lines } = capturedLog('debug')
      const { db, close } = await serve(address, { tables: false, log })
      try {
        expect((await db.daily.range({ fields: ['close'] })).columns.close).toEqual(new Float64Array([1_685]))
        const query = db.query.selectFrom('daily').select('close')
        expect(await query.execute()).toEqual([{ close: 1_685 }])
        expect((await db.sql('select close from daily')).rows()).toEqual([{ close: 1_685 }])
        expect((await db.meta.datasets()).find(({ name }) => name === 'daily')?.problem).toBeUndefined()
        const rights = () =>
          lines.filter(({ msg }) => msg.includes('more rights than stockdb needs')).map(({ msg }) => msg)
        await expect.poll(rights).toEqual(['the database account has no more rights than stockdb needs'])
      } finally {
        await close()
      }
    }
  })

  it('prints them for a custom catalogue, whatever the table names', async () => {
    const store = await open()
    onTestFinished(() => store.drop())
    await sql(store.address, 'create table `日线 2` (code varchar(10) primary key)', 'create table daily (a int)')
    const config = join(temporaryFolder(), 'own.json')
    const dataset = {
      name: '日线',
      table: '日线 2',
      managed: false,
      description: 'Mine',
      key: ['code'],
      symbol: 'code',
    }
    const fields = { code: { type: 'symbol', nullable: false, description: 'Code' } }
    writeFileSync(config, JSON.stringify({ 日线: { ...dataset, fields } }))
    const { code, stdout, stderr } = await runProgram(['grants', '--database', store.address, '--config', config])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^GRANT SELECT ON `[^`]+`.`日线 2` TO 'stockdb_read'/m)
    expect(stdout).not.toContain('`daily`')
  })

  it('are suggested by a server whose account has more rights', async () => {
    const store = await open()
    onTestFinished(() => store.drop())
    const server = await startServing(['--database', store.address])
    onTestFinished(() => void server.child.kill('SIGKILL'))
    await expect.poll(() => server.stderr, { timeout: 5_000 }).toContain('has more rights than stockdb needs')
    await sleep(0)
    expect(server.stderr).toMatch(/"rights":\[.*GRANT OPTION/)
    const { rights } = JSON.parse(server.stderr.split('\n').find((line) => line.includes('"rights"')) ?? '')
    expect(rights.length).toBeLessThanOrEqual(8)
    expect(server.stderr).not.toMatch(/IDENTIFIED|PASSWORD '/)
  })
})

it.each([
  [['--database', 'sqlite:x.db'], /the database has no accounts; expected mysql:/],
  [['--database', 'mysql://a:b@127.0.0.1:1/x', '--from', "x'; drop"], /--from: got/],
  [[], /--database/],
])('stockdb grants %j reports the mistake', async (args, message) => {
  const { code, stdout, stderr } = await runProgram(['grants', ...args])
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(message)
})
