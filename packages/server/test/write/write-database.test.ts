import { float64, type Tushare, tushare } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'
import { createLog, start } from '@stockdb/server'
import { startPrivateServer } from '@stockdb/testing/private-server'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Account } from '../../src/engine/accounts.ts'
import { createMissingTables } from '../../src/engine/migration.ts'
import { accountsOf, openEngine } from '../../src/engine/open.ts'
import { withOwnTables } from '../../src/engine/own-tables.ts'
import { capturedLog } from '../support/captured-log.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { mysqlMakers, type Store, sqliteMaker } from '../support/stores.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const factor = (adj_factor: number, trade_date = '2024-01-02') => ({ ts_code: '600519.SH', trade_date, adj_factor })
const session = { exchange: 'SSE', cal_date: '2024-01-02', is_open: 1 }

describe.each(mysqlMakers)('--write-database on $engine', ({ open }) => {
  let store: Store
  let read: string
  let write: string
  const users: string[] = []

  beforeAll(async () => {
    store = await open()
    const catalogue = withOwnTables(tushare)
    const engine = openEngine(store.address, createLog('silent'))
    await createMissingTables(engine, catalogue, new AbortController().signal).finally(() => engine.close())
    const [[host = ''] = []] = (await sql(store.address, "select substring_index(user(), '@', -1)")) as string[][]
    const accounts = accountsOf(store.address)
    const database = new URL(store.address).pathname.slice(1)
    const target = { host, database, catalogue, exists: (table: string) => table !== tableName(tushare.suspend_d) }
    const make = async (account: Account): Promise<string> => {
      const named = { ...account, name: `${account.name}_${database.slice(-8)}` }
      users.push(`'${named.name}'@'${host}'`)
      await sql(store.address, ...accounts.statements(named, target))
      const url = new URL(store.address)
      return `${url.protocol}//${named.name}:${named.password}@${url.host}${url.pathname}`
    }
    const least = accounts.least()
    read = await make(least.read)
    write = await make(least.write)
  })
  afterAll(async () => {
    if (users.length > 0) await sql(store.address, `drop user ${users.join(', ')}`)
    await store?.drop()
  })

  const served = async (
    writeDatabase: string | undefined = write,
    log = createLog('silent'),
  ): Promise<Served<Tushare>> => {
    const one = await serve(read, { writeDatabase: writeDatabase || undefined, log, tables: false })
    onTestFinished(() => one.close())
    return one
  }

  it('writes with its account, while the main one can only read', async () => {
    const { db, server } = await served()
    const idempotencyKey = `k${Math.random()}`
    expect(await db.adj_factor.upsert([factor(2)], { idempotencyKey })).toMatchObject({ inserted: 1 })
    expect(await db.adj_factor.upsert([factor(2)], { idempotencyKey })).toMatchObject({ inserted: 1 })
    expect((await db.adj_factor.range()).rows()).toEqual([factor(2)])
    expect(await db.adj_factor.delete({ symbols: ['600519.SH'], dryRun: true })).toMatchObject({ deleted: 1 })
    expect((await db.changes({ since: 0 })).changes.length).toBe(1)
    // Without it the same server refuses.
    const alone = await served('')
    await expect(alone.db.adj_factor.upsert([factor(3)])).rejects.toThrow(/lacks a right.*stockdb grants/)
    const { connections, writeConnections } = await db.ops.stats()
    expect(Math.min(connections.open, writeConnections?.open ?? 0)).toBeGreaterThan(0)
    expect((await alone.db.ops.stats()).writeConnections).toBeUndefined()
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(metrics).toMatch(/^stockdb_write_connections_open [1-3]$/m)
  })

  it('tells what reads keep in memory, and listeners, of its commits', async () => {
    const { db } = await served()
    const range = { start: '2024-01-02', end: '2024-01-02' }
    expect(await db.calendar.sessions(range).catch(() => [])).toEqual([])
    const heard = db.trade_cal.watch()[Symbol.asyncIterator]()
    const next = heard.next()
    // The subscription is confirmed once it is listed among the calls in progress.
    await expect.poll(async () => (await db.ops.stats()).callsInFlight).toBeGreaterThan(1)
    await db.trade_cal.upsert([session])
    expect(await db.calendar.sessions(range)).toEqual(['2024-01-02'])
    expect((await next).value).toMatchObject({ dataset: 'trade_cal', inserted: 1 })
    await heard.return?.()
  })

  it('may reach the database under another name', async () => {
    const proxy = await startTcpProxy(Number(new URL(store.address).port))
    onTestFinished(() => proxy.close())
    const url = new URL(write)
    url.port = String(proxy.port)
    const { db } = await served(url.href)
    await expect(db.adj_factor.upsert([factor(4)])).resolves.toMatchObject({ unchanged: 0 })
  })

  const refusal = async (database: string, writeDatabase: string): Promise<string> => {
    const started = start({ database, writeDatabase, port: 0, log: createLog('silent') })
    return started.then(
      async (server) => {
        await server.close()
        return 'it started'
      },
      (error: Error) => error.message,
    )
  }

  it('is refused for another database, an account without rights, and files', async () => {
    const { host } = new URL(store.address)
    const file = `sqlite:${temporaryFolder()}/x.db`
    const other = await open()
    onTestFinished(() => other.drop())
    const named = (address: string) => JSON.stringify(new URL(address).pathname.slice(1))
    expect(await refusal(read, other.address)).toBe(
      `--write-database: got the database ${named(other.address)} on ${host}; expected ${named(store.address)} on ${host}, as --database says`,
    )
    expect(await refusal(read, read)).toMatch(
      /^--write-database: got an account that may not write stockdb_keys, stockdb_sequence, stockdb_changes; expected one with more rights, such as "stockdb grants" prints: GRANT INSERT, UPDATE, DELETE ON `[^`]+`.`stockdb_keys` TO 'stockdb_read_[^']+'@'[^']+'; GRANT INSERT, UPDATE ON `[^`]+`.`stockdb_sequence` TO .*; GRANT INSERT, DELETE ON `[^`]+`.`stockdb_changes` TO /,
    )
    expect(await refusal(file, write)).toMatch(/^--write-database: the database has no accounts; expected mysql/)
    expect(await refusal(read, file)).toMatch(/^--write-database: the database has no accounts; expected mysql/)
    expect(await refusal(read, 'postgres://a/b')).toMatch(/^--write-database: the database address/)
  })

  it('says at the start which calls are refused because rights are missing, and the statements that grant them', async () => {
    const elsewhere = await open()
    onTestFinished(() => elsewhere.drop())
    const [factors, own] = [elsewhere, store].map(({ address }) => new URL(address).pathname.slice(1))
    const catalogue = { adj_factor: tushare.adj_factor, suspend_d: tushare.suspend_d }
    const name = `w_${own?.slice(-8)}`
    const [[host = ''] = []] = (await sql(store.address, "select substring_index(user(), '@', -1)")) as string[][]
    const user = `'${name}'@'${host}'`
    users.push(user)
    const on = (table: string): string => `on \`${own}\`.\`${table}\` to ${user}`
    await sql(store.address, `create user ${user} identified by 'x'`, `grant select on \`${factors}\`.* to ${user}`)
    for (const table of ['stockdb_keys', 'stockdb_sequence', 'stockdb_changes'])
      await sql(store.address, `grant select, insert, update, delete ${on(table)}`)
    await sql(store.address, `grant select, insert ${on('adj_factor')}`, `grant select ${on('suspend_d')}`)
    await sql(store.address, `grant select ${on('stockdb_factors')}`)
    const address = Object.assign(new URL(store.address), { username: name, password: 'x' }).href

    const said = async (options: { factorSchema?: string; writeDatabase?: string }): Promise<object | undefined> => {
      const { log, lines } = capturedLog()
      const database = options.writeDatabase === undefined ? address : store.address
      const server = await start({ database, catalogue, port: 0, log, ...options })
      onTestFinished(() => server.close())
      const line = (): object | undefined => lines.find(({ msg }) => String(msg).includes('lacks rights'))
      await expect.poll(line, { timeout: 5_000 }).toBeDefined()
      return line()
    }
    const missing = {
      cannot: ['upsert: adj_factor, suspend_d', 'delete: adj_factor, suspend_d', 'factors.define, factors.drop'],
      grants: [
        `GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX ON \`${own}\`.* TO ${user}`,
        `GRANT INSERT, UPDATE, DELETE ON \`${own}\`.\`stockdb_factors\` TO ${user}`,
        `GRANT UPDATE, DELETE ON \`${own}\`.\`adj_factor\` TO ${user}`,
        `GRANT INSERT, UPDATE, DELETE ON \`${own}\`.\`suspend_d\` TO ${user}`,
      ],
    }
    expect(await said({})).toMatchObject(missing)
    expect(await said({ writeDatabase: address })).toMatchObject(missing)
    const elsewhereLacking = await said({ factorSchema: factors as string, writeDatabase: address })
    const [grant = ''] = (elsewhereLacking as typeof missing).grants
    expect(grant).toBe(`GRANT INSERT, UPDATE, DELETE, CREATE, DROP, INDEX ON \`${factors}\`.* TO ${user}`)
    // With them nothing is missing.
    await sql(store.address, ...(elsewhereLacking as typeof missing).grants)
    const { log, lines } = capturedLog()
    const served = await serve(store.address, {
      ...{ catalogue, writeDatabase: address, factorSchema: factors as string, log, tables: false },
    })
    onTestFinished(() => served.close())
    const fields = { value: float64('The factor') }
    const alpha = await served.db.factors.define({ name: 'my_alpha', description: 'A factor', fields })
    expect(await alpha.upsert([{ ts_code: 'A', trade_date: '2024-01-02', value: 1 }])).toMatchObject({ inserted: 1 })
    expect(await served.db.factors.drop('my_alpha')).toMatchObject({ deleted: 1 })
    expect(lines.filter(({ msg }) => String(msg).includes('lacks rights'))).toEqual([])
  })

  it('says so where a right on the whole database hides one on a table', async () => {
    const catalogue = { adj_factor: tushare.adj_factor }
    const database = new URL(store.address).pathname.slice(1)
    const name = `h_${database.slice(-8)}`
    const [[host = ''] = []] = (await sql(store.address, "select substring_index(user(), '@', -1)")) as string[][]
    const user = `'${name}'@'${host}'`
    users.push(user)
    await sql(store.address, `create user ${user} identified by 'x'`, `grant delete on \`${database}\`.* to ${user}`)
    for (const table of ['stockdb_keys', 'stockdb_sequence', 'stockdb_changes', 'stockdb_factors', 'adj_factor'])
      await sql(store.address, `grant select, insert, update on \`${database}\`.\`${table}\` to ${user}`)
    const address = Object.assign(new URL(store.address), { username: name, password: 'x' }).href
    const { log, lines } = capturedLog()
    const { db, close } = await serve(address, { catalogue, log, tables: false })
    onTestFinished(close)
    const isRefused = await db.adj_factor.delete({ symbols: ['A'] }).then(
      () => false,
      () => true,
    )
    const grants = (): unknown => lines.find(({ msg }) => String(msg).includes('lacks rights'))?.grants
    // For factors rights are missing in any case.
    await expect.poll(grants, { timeout: 5_000 }).toBeDefined()
    const hint = `GRANT SELECT ON \`${database}\`.* TO ${user}`
    expect((grants() as string[]).includes(hint)).toBe(isRefused)
    if (isRefused) await sql(store.address, hint)
    const again = await serve(address, { catalogue, tables: false })
    onTestFinished(() => again.close())
    expect(await again.db.adj_factor.delete({ symbols: ['A'] })).toMatchObject({ deleted: 0 })
  })

  it('says in one line that an account can only read', async () => {
    const { log, lines } = capturedLog()
    const server = await start({ database: read, port: 0, log })
    onTestFinished(() => server.close())
    const msgs = (): unknown[] => lines.map(({ msg }) => msg)
    await expect
      .poll(msgs, { timeout: 5_000 })
      .toContainEqual(expect.stringMatching(/^the database account may only read/))
    expect(JSON.stringify(lines)).not.toContain('lacks rights')
  })

  it('is refused on another server that has a database of the same name', async () => {
    const twin = await startPrivateServer()
    onTestFinished(() => twin.stop())
    const { pathname, host } = new URL(store.address)
    await sql(`${twin.url}/mysql`, `create database ${pathname.slice(1)}`, 'select 1')
    expect(await refusal(read, `${twin.url}${pathname}`)).toBe(
      `--write-database: got a database of the same name on another server (${new URL(twin.url).host}); expected the one that --database reaches (${host})`,
    )
  })

  it('is checked at the first write where it could not be reached at the start', async () => {
    const other = await open()
    onTestFinished(() => other.drop())
    const probe = await startTcpProxy(1)
    onTestFinished(() => probe.close())
    const away = (address: string): string => Object.assign(new URL(address), { port: String(probe.port) }).href
    const { log, lines } = capturedLog()
    const late = await served(away(write), log)
    const wrong = await served(away(other.address), log)
    expect(lines.map(({ msg }) => msg)).toContainEqual(
      expect.stringMatching(/^--write-database: .* at the first write$/),
    )
    await expect(late.db.adj_factor.upsert([factor(5)])).rejects.toMatchObject({
      code: expect.stringMatching(/^DATABASE_(UNAVAILABLE|INTERRUPTED)$/),
    })
    probe.lead(Number(new URL(store.address).port))
    await expect(late.db.adj_factor.upsert([factor(5)])).resolves.toMatchObject({ inserted: 0 })
    await expect(wrong.db.adj_factor.upsert([factor(6)])).rejects.toThrow('--write-database: got the database')
    expect((await late.db.adj_factor.range()).rows()).toEqual([factor(5)])
  })
})

it('--write-database: a SQLite file is one account', async () => {
  const store = await sqliteMaker.open()
  onTestFinished(() => store.drop())
  await expect(
    start({ database: store.address, writeDatabase: store.address, port: 0, log: createLog('silent') }),
  ).rejects.toThrow('--write-database: the database has no accounts')
})
