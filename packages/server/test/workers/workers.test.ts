import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Scope } from '@stockdb/contract/internal'
import type { Health, JsonFrame, MemoryReport, OpsStats } from '@stockdb/contract/wire'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { makeToken } from '../../src/access/token.ts'
import { changeTokens } from '../../src/access/token-file.ts'
import { parseHere } from '../support/command-line.ts'
import { connectionToEach, type HttpConnection } from '../support/http-connection.ts'
import { type ServingProgram, startServing } from '../support/program.ts'
import { oneServer, sqliteMaker } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const catalogue = fileURLToPath(new URL('../fixtures/mortal-workers.mts', import.meta.url))
const SOON = { timeout: 60_000, interval: 20 }

interface LogLine {
  readonly worker?: number
  readonly requestId?: string
  readonly msg: string
  readonly err?: { readonly message: string; readonly code?: string }
  readonly calls?: readonly { readonly requestId: string; readonly path: string; readonly caller: string }[]
}

const logOf = (server: ServingProgram): LogLine[] =>
  server.stderr
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine)

/** The number of the worker that a connection reaches. */
async function workerOf(server: ServingProgram, connection: HttpConnection): Promise<number> {
  const worker = (): number | undefined =>
    logOf(server).find(({ requestId }) => requestId?.startsWith(`${connection.run}-`))?.worker
  await vi.waitFor(() => expect(worker()).toBeGreaterThan(0), SOON)
  return worker() as number
}

const UPSERT = '/trpc/daily.upsert'
const barOf = (day: string, close: number) => ({
  fields: ['ts_code', 'trade_date', 'close'],
  items: [['A', day, close]],
})

/** Makes a token in the file of a server. */
async function token(data: string, name: string, scopes: readonly Scope[]): Promise<string> {
  const { secret, token } = makeToken({ name, scopes }, new Date())
  await changeTokens(join(data, 'tokens.json'), (tokens) => [...tokens, token])
  return secret
}

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })

describe('stockdb serve --workers', () => {
  it('answers, limits, revokes, replaces and stops as one server', { timeout: 240_000 }, async () => {
    const data = temporaryFolder()
    const orders = temporaryFolder()
    const admin = bearer(await token(data, 'admin', ['admin', 'read', 'write']))
    const bot = bearer(await token(data, 'bot', ['read']))
    const server = await startServing(
      [
        ...['--workers', '2', '--data', data, '--config', catalogue, '--max-calls-per-caller', '2'],
        ...['--kill-memory', '1200MB'],
      ],
      { MORTAL_WORKERS: orders },
    )
    onTestFinished(() => void server.child.kill('SIGKILL'))
    let [one, other] = (await connectionToEach(server.url, 2, admin)) as [HttpConnection, HttpConnection]
    const connections = [one, other]
    onTestFinished(() => {
      for (const connection of connections) connection.close()
    })
    const workers = [await workerOf(server, one), await workerOf(server, other)]
    expect(workers.toSorted()).toEqual([1, 2])

    // Every answer is about both.
    const asked = new Map<HttpConnection, OpsStats>()
    for (const connection of [one, other]) {
      const stats = await connection.call<OpsStats>('ops.stats')
      asked.set(connection, stats)
      expect(stats.workers?.map(({ worker }) => worker)).toEqual([1, 2])
      expect(stats.workers?.every(({ total }) => total.calls > 0)).toBe(true)
      expect(stats.workers?.reduce((sum, { total }) => sum + total.calls, 0)).toBe(stats.total.calls)
      const health = JSON.parse((await connection.get('/healthz')).text) as Health
      expect(health).toMatchObject({ status: 'ok', workers: { answering: 2, of: 2 } })
      const memory = await connection.call<MemoryReport>('ops.memory')
      expect(memory.workers?.map(({ worker }) => worker)).toEqual([1, 2])
      expect(memory.now.heapUsed).toBe(memory.workers?.reduce((sum, { now }) => sum + now.heapUsed, 0))
      expect(memory.now.rss).toBeLessThan(2 * (memory.workers?.[0]?.now.rss ?? 0))
    }
    const countIn = (text: string, name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
    const metric = 'stockdb_calls_total\\{procedure="ops.stats",outcome="ok"\\}'
    for (const connection of [one, other])
      await vi.waitFor(async () => expect(countIn((await connection.get('/metrics')).text, metric)).toBe(2), SOON)
    expect(countIn((await one.get('/metrics')).text, 'stockdb_workers')).toBe(2)

    // Two calls of one caller, wherever they are.
    const watches = await Promise.all(
      (await connectionToEach(server.url, 2, admin)).map((connection) => {
        connections.push(connection)
        return connection.open('/trpc/ops.watch')
      }),
    )
    for (const watch of watches) {
      expect(watch.statusCode).toBe(200)
      watch.on('error', () => {}).resume()
    }
    for (const connection of [one, other]) {
      const refused = await connection.get('/trpc/meta.info')
      expect([refused.status, refused.text]).toEqual([429, expect.stringContaining('more than 2 concurrent calls')])
    }

    // A worker dies with its calls; the other one goes on.
    const [first] = workers as [number]
    const cut = watches.map((watch) => new Promise((resolve) => watch.on('close', () => resolve(watch))))
    writeFileSync(join(orders, `throw-${first}`), '')
    await Promise.race(cut)
    await vi.waitFor(() => expect(server.stderr).toContain('the worker was replaced'), SOON)
    const death = logOf(server).find(({ msg }) => msg.startsWith('a worker died'))
    expect(death).toMatchObject({ worker: first, err: { message: 'ended on request' } })
    expect(death?.calls).toEqual([expect.objectContaining({ path: 'ops.watch', caller: 'admin' })])
    expect((await other.get('/healthz')).status).toBe(200)
    // Its place among the caller's calls was given back.
    const stats = await other.call<OpsStats>('ops.stats')
    expect(stats).toMatchObject({ workersReplaced: 1 })
    // What it had counted still counts.
    expect(stats.procedures['ops.stats']?.calls).toBe(2)
    for (const watch of watches) watch.destroy()
    one.close()
    ;[one, other] = (await connectionToEach(server.url, 2, admin)) as [HttpConnection, HttpConnection]
    connections.push(one, other)

    // One runs out of memory: only that one dies.
    const victim = await workerOf(server, one)
    writeFileSync(join(orders, `fill-${victim}`), '')
    await vi.waitFor(() => expect(server.stderr).toContain('ERR_WORKER_OUT_OF_MEMORY'), SOON)
    expect((await other.get('/healthz')).status).toBe(200)
    const replaced = () => logOf(server).filter(({ msg }) => msg === 'the worker was replaced')
    await vi.waitFor(() => expect(replaced()).toHaveLength(2), SOON)

    // A revoked token is revoked everywhere.
    const both = (await connectionToEach(server.url, 2, bot)) as [HttpConnection, HttpConnection]
    connections.push(...both)
    for (const connection of both) expect((await connection.get('/trpc/meta.info')).status).toBe(200)
    expect((await parseHere(['token', 'revoke', '--data', data, '--name', 'bot'])).code).toBe(0)
    await sleep(300)
    for (const connection of both) expect((await connection.get('/trpc/meta.info')).status).toBe(401)

    // SIGTERM stops all, and says so to subscribers.
    const [last] = (await connectionToEach(server.url, 2, admin)) as [HttpConnection]
    connections.push(last)
    const watch = await last.open('/trpc/ops.watch')
    let told = ''
    watch.setEncoding('utf8').on('data', (text: string) => {
      told += text
    })
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    expect(told).toContain('SHUTTING_DOWN')
    expect(server.stdout.match(/listening/g)).toHaveLength(1)
    const journal = `server-0.json`
    expect(JSON.parse(readFileSync(join(data, journal), 'utf8'))).toMatchObject({ state: 'stopped', reason: 'SIGTERM' })
    const ids = logOf(server).flatMap(({ requestId, msg }) => (msg === 'call' ? (requestId ?? []) : []))
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('ends with a message when its workers die again and again', { timeout: 120_000 }, async () => {
    const orders = temporaryFolder()
    const server = await startServing(
      ['--workers', '2', '--data', temporaryFolder(), '--config', catalogue, '--log-level', 'warn'],
      { MORTAL_WORKERS: orders },
    )
    onTestFinished(() => void server.child.kill('SIGKILL'))
    for (const worker of [1, 2]) writeFileSync(join(orders, `throw-${worker}`), 'always')
    expect(await server.ended).toBe(1)
    expect(logOf(server).at(-1)?.msg).toBe(
      'workers died 5 times within a minute, the last of: ended on request; the server exits',
    )
  })

  it('is refused beyond the connections, and on a port in use', async () => {
    const serve = ['serve', '--workers', '9', '--data', temporaryFolder()]
    expect(await parseHere([...serve, '--port', '0', '--connections', '8'])).toMatchObject({
      stderr: expect.stringContaining('--workers (9) is above --connections (8)'),
    })
    // As a server of several workers has it: another one must not join in.
    const taken = createServer().listen({ host: '127.0.0.1', port: 0, reusePort: true })
    onTestFinished(() => void taken.close())
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    expect(await parseHere([...serve, '--port', String(port), '--connections', '9'])).toMatchObject({
      stderr: expect.stringContaining('EADDRINUSE'),
    })
  })

  it('is refused with DuckDB, which has one engine in a process', async () => {
    const database = `duckdb:${join(temporaryFolder(), 'market.duckdb')}`
    expect(await parseHere(['serve', '--port', '0', '--workers', '2', '--database', database])).toMatchObject({
      stderr: expect.stringContaining('--workers: got 2; expected 1 with this database'),
    })
  })
})

describe.each([...oneServer, sqliteMaker])('on $engine', ({ open }) => {
  it('a write through one worker is in the answers and watches of the other at once', {
    timeout: 120_000,
  }, async () => {
    const store = await open()
    onTestFinished(() => store.drop())
    expect((await parseHere(['migrate', '--database', store.address])).code).toBe(0)
    // Without being told, a worker would give old answers for an hour.
    const server = await startServing([
      ...['--workers', '2', '--database', store.address, '--data', temporaryFolder()],
      ...['--cache-max-age', '1h', '--log-level', 'warn'],
    ])
    onTestFinished(() => void server.child.kill('SIGKILL'))
    const [one, other] = (await connectionToEach(server.url, 2)) as [HttpConnection, HttpConnection]
    const [watcher] = (await connectionToEach(server.url, 2)).filter(({ run }) => run === one.run) as [HttpConnection]
    onTestFinished(() => {
      for (const connection of [one, other, watcher]) connection.close()
    })
    const watch = await watcher.open('/trpc/daily.watch')
    let heard = ''
    watch.setEncoding('utf8').on('data', (text: string) => {
      heard += text
    })
    const rows = async (connection: HttpConnection): Promise<number> => {
      const input = { symbols: ['A'], start: '2024-01-01', fields: ['close'] }
      return (await connection.call<JsonFrame>('daily.range', input)).items.length
    }
    await other.post(UPSERT, barOf('2024-01-01', 1))
    expect([await rows(one), await rows(other)]).toEqual([1, 1])
    for (let day = 2; day < 12; day++) {
      const written = await other.post(UPSERT, barOf(`2024-01-${String(day).padStart(2, '0')}`, day))
      expect([written.status, written.text]).toEqual([200, expect.stringContaining('"inserted":1')])
      expect(await rows(one)).toBe(day)
    }
    await vi.waitFor(() => expect(heard).toContain('"end":"2024-01-11"'), SOON)
    watch.destroy()
    // Warnings have 40.
    expect(server.stderr).not.toMatch(/"level":[56]0/)
  })
})
