import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connect } from '@stockdb/client'
import { createLog, start } from '@stockdb/server'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { stockdbProgram } from '../../src/cli/main.ts'
import { parseHere } from '../support/command-line.ts'
import { outcomeOf } from '../support/failure.ts'
import { fillDaily } from '../support/fill-daily.ts'
import { runProgram, startProgram, startServing } from '../support/program.ts'
import { oneServer, type Store } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const endedWhenReady = fileURLToPath(new URL('../fixtures/ended-when-ready.ts', import.meta.url))

describe('--help', () => {
  const commands = 'init serve migrate import introspect demo token grants memory notebook'.split(' ')

  it('is printed by the program, and lists the commands', async () => {
    const { code, stdout, stderr } = await runProgram(['--help'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Usage: stockdb /)
    for (const command of commands) expect(stdout).toContain(`  ${command} `)
  })

  it.each(commands)('describes stockdb %s', (name) => {
    const command = stockdbProgram().commands.find((one) => one.name() === name)
    expect(command?.helpInformation()).toMatch(new RegExp(`^Usage: stockdb ${name} .*\n\n[A-Z].*\\.\n`, 's'))
  })

  it('is not needed to find a wrong command', async () => {
    const { code, stdout, stderr } = await runProgram(['surve'])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^error: .*surve.*\n\(Did you mean serve\?\)\n\(see --help\)\n/)
  })

  it.each([
    [['serve', '--prot', '1'], "error: unknown option '--prot'\n(Did you mean --port?)\n"],
    [['serve', '--port', 'x'], "error: option '--port <number>' argument 'x' is invalid."],
    [['serve', '--log-level', 'loud'], "error: option '--log-level <level>' argument 'loud' is invalid."],
    [['import'], "error: required option '--dataset <name>' not specified"],
    [['--version'], undefined],
  ])('is not needed for %j', async (args, message) => {
    const { code, stdout, stderr } = await parseHere(args)
    if (message === undefined) expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+/), ''])
    else expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(message)])
  })
})

const SPACE = '--max-semi-space-size=4'
const NOT_OLD_AT_ONCE = '--no-allocation-site-pretenuring'
const SOON_FAST = ['--no-maglev', '--invocation-count-for-turbofan=200']

describe('stockdb serve', () => {
  it.each([
    ['by default', {}, '131072'],
    ['as set by the user', { MALLOC_MMAP_THRESHOLD_: '262144' }, '262144'],
  ])('invariant 1: returns large blocks to the system, %s', async (_how, env, threshold) => {
    const server = await startServing(['--data', temporaryFolder()], env)
    onTestFinished(() => void server.child.kill('SIGKILL'))
    const environment = readFileSync(`/proc/${server.child.pid}/environ`, 'utf8').split('\0')
    expect(environment).toContain(`MALLOC_MMAP_THRESHOLD_=${threshold}`)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  it.each([
    ['by default', {}, [SPACE, NOT_OLD_AT_ONCE]],
    ['as set by the user', { NODE_OPTIONS: '--max_semi_space_size=32' }, [NOT_OLD_AT_ONCE]],
    ['whatever else is set', { MALLOC_MMAP_THRESHOLD_: '262144' }, [SPACE, NOT_OLD_AT_ONCE]],
  ])('invariant 1: limits the memory for new objects, %s', async (_how, env, expected) => {
    const server = await startServing(['--data', temporaryFolder()], env)
    onTestFinished(() => void server.child.kill('SIGKILL'))
    const args = readFileSync(`/proc/${server.child.pid}/cmdline`, 'utf8').split('\0')
    expect(args.filter((arg) => /semi|pretenuring/.test(arg))).toEqual(expected)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  it('has V8 make fast code soon', async () => {
    const server = await startServing(['--data', temporaryFolder()])
    onTestFinished(() => void server.child.kill('SIGKILL'))
    const args = readFileSync(`/proc/${server.child.pid}/cmdline`, 'utf8').split('\0')
    expect(args.filter((arg) => /maglev|turbofan/.test(arg))).toEqual(SOON_FAST)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  it('starts without permission for child processes, and keeps its IPC channel', async () => {
    const bin = fileURLToPath(new URL('../../bin/stockdb.js', import.meta.url))
    const allowed = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*', '--allow-worker', '--allow-addons']
    for (const execArgv of [[], allowed]) {
      const child = fork(bin, ['serve', '--port', '0', '--data', temporaryFolder()], { execArgv, silent: true })
      onTestFinished(() => void child.kill('SIGKILL'))
      const [line] = await once(child.stdout as Readable, 'data', { signal: AbortSignal.timeout(20_000) })
      expect(String(line)).toMatch(/^stockdb listening on /)
      expect(child.connected).toBe(true)
      child.kill('SIGTERM')
      expect(await once(child, 'exit')).toEqual([0, null])
    }
    const restricted = spawnSync(process.execPath, [...allowed, bin, 'serve', '--port', 'x'], { encoding: 'utf8' })
    expect(restricted.stderr).toMatch(/^error: option '--port/m)
  })

  it('exits cleanly if stopped as soon as it is ready', async () => {
    const program = startProgram(['serve', '--port', '0', '--data', temporaryFolder()], {}, endedWhenReady)
    onTestFinished(() => void program.child.kill('SIGKILL'))
    expect(await program.ended).toBe(0)
    expect(program.stdout).toContain('stockdb listening')
  })

  it('serves and exits normally if the disk of its log is full', async () => {
    const full = openSync('/dev/full', 'w')
    const server = await startServing(['--data', temporaryFolder()], {}, full)
    onTestFinished(() => void server.child.kill('SIGKILL'))
    for (let call = 0; call < 100; call++) expect((await fetch(`${server.url}/trpc/meta.info`)).status).toBe(200)
    // Long enough for log lines to be written.
    await sleep(500)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    closeSync(full)
  })

  it('warns at startup about a missing database, encryption or tokens', async () => {
    const folder = temporaryFolder()
    const { stdout } = await runProgram(['token', 'create', '--name', 'a', '--scopes', 'read', '--data', folder])
    expect(stdout).toContain('stockdb_')
    const database = ['--database', 'mysql://nobody:x@127.0.0.1:1/x', '--data', folder]
    const server = await startServing([...database, '--host', '0.0.0.0'])
    onTestFinished(() => void server.child.kill('SIGKILL'))
    await expect.poll(() => server.stderr, { timeout: 5_000 }).toContain('are sent unencrypted')
    await expect.poll(() => server.stderr, { timeout: 20_000 }).toContain('cannot reach the database')
    const other = await startServing(['--data', folder, '--tokens', `${folder}/lost.json`])
    onTestFinished(() => void other.child.kill('SIGKILL'))
    await expect.poll(() => other.stderr, { timeout: 5_000 }).toContain('there is no file')
  })

  it.each([
    ['https://a.example,https://b.example:8443', undefined],
    ['*', /https:\/\/notebook.example/],
    ['https://a.example/', /https:\/\/notebook.example/],
  ])('reads allowed origins from the environment: %s', async (origins, refusal) => {
    const serving = startServing(['--data', temporaryFolder()], { STOCKDB_CORS_ORIGIN: origins })
    if (refusal) return expect(serving).rejects.toThrow(refusal)
    const server = await serving
    onTestFinished(() => void server.child.kill('SIGKILL'))
    for (const origin of origins.split(',')) {
      const { headers } = await fetch(`${server.url}/trpc/meta.info`, { headers: { origin } })
      expect(headers.get('access-control-allow-origin')).toBe(origin)
    }
  })

  it('creates the embedded database in the data folder and prints one ready line', async () => {
    const folder = temporaryFolder()
    const program = await startServing(['--data', `${folder}/new/data`])
    onTestFinished(() => void program.child.kill('SIGKILL'))
    const db = await connect(program.url)
    expect((await db.meta.info()).engine.kind).toBe('sqlite')
    expect((await db.daily.range()).numRows).toBe(0)
    expect(readdirSync(`${folder}/new/data`)).toContain('stockdb.sqlite')
    program.child.kill('SIGTERM')
    expect(await program.ended).toBe(0)
    expect(program.stdout).toBe(`stockdb listening on ${program.url}\n`)
    expect(program.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  it('reads options from the environment; the command line takes precedence', async () => {
    const folder = temporaryFolder()
    const env = {
      STOCKDB_DATABASE: `sqlite:${folder}/one.db`,
      STOCKDB_HOST: '127.0.0.2',
      STOCKDB_PORT: '1',
      STOCKDB_LOG_LEVEL: 'silent',
    }
    const program = await startServing([], env)
    onTestFinished(() => void program.child.kill('SIGKILL'))
    expect(program.url).toMatch(/^http:\/\/127\.0\.0\.2:\d{2,5}$/)
    expect((await fetch(`${program.url}/healthz`)).status).toBe(200)
    program.child.kill('SIGINT')
    expect(await program.ended).toBe(0)
    expect(readdirSync(folder)).toContain('one.db')
    expect(program.stderr).toBe('')
  })

  it('says that the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const { code, stdout, stderr } = await runProgram(['serve', '--data', temporaryFolder(), '--port', port])
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^stockdb: the port is in use: .*--port\n$/)
  })

  it('refuses bounds that contradict each other', async () => {
    const bounds = ['--max-memory', '4gb', '--kill-memory', '2gb']
    const { code, stdout, stderr } = await runProgram(['serve', '--port', '0', '--data', temporaryFolder(), ...bounds])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(
      'stockdb: --max-memory (4GB) is above --kill-memory (2GB): the server would exit before it refuses a heavy call',
    )
  })

  it('applies the narrower of two bounds', async () => {
    const bounds = '--max-memory 4GB --max-calls 10 --max-calls-per-caller 20 --max-heavy-calls 20 --connections 2'
    const server = await startServing(['--data', temporaryFolder(), ...bounds.split(' ')])
    onTestFinished(() => void server.child.kill('SIGKILL'))
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })

  it('refuses an address without repeating its secret', async () => {
    const address = 'mysql://me:a#secret@127.0.0.1:1/db'
    const { code, stdout, stderr } = await runProgram(['serve', '--port', '0', '--database', address])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^stockdb: the database address has special characters in its password; .*\n$/)
    expect(stderr).not.toContain('secret')
  })

  it.each([
    ['postgres://me:a-secret@here/db', /^the database address is not valid; expected (?=.*mysql:\/\/)(?=.*sqlite:).*$/],
    ['mysql://me:a-secret@127.0.0.1:1', /^the database address names no database; .*$/],
    ['mysql://me:a%secret@127.0.0.1:1/db', /^.* special characters in its password; encode them: % as %25, .*$/],
    ['sqlite:', /^the database address is not valid; .*$/],
    ['sqlite:/dev/null/here.db', /^.*$/],
  ])('refuses the address %s in one sentence without a secret', async (database, message) => {
    const error = await start({ database, port: 0, log: createLog('silent') }).catch((error: Error) => error)
    expect(error).toBeInstanceOf(Error)
    expect((error as Error).message).toMatch(message)
    expect((error as Error).message).not.toContain('secret')
  })

  it('starts without its MySQL database, reports that to callers and log, and never shows the password', async () => {
    const program = await startServing(['--database', 'mysql://me:a-secret@127.0.0.1:1/db'])
    onTestFinished(() => void program.child.kill('SIGKILL'))
    const health = await fetch(`${program.url}/healthz`)
    expect(health.status).toBe(503)
    expect(await health.json()).toMatchObject({ status: 'degraded', database: 'unavailable' })
    const answer = await (await fetch(`${program.url}/trpc/daily.range?input={}`)).text()
    expect(answer).toContain('DATABASE_UNAVAILABLE')
    program.child.kill('SIGTERM')
    expect(await program.ended).toBe(0)
    for (const text of [answer, program.stdout, program.stderr]) expect(text).not.toContain('a-secret')
    expect(program.stderr).toContain('DATABASE_UNAVAILABLE')
  })
})

describe.each(oneServer)('SIGTERM to stockdb serve on $engine', ({ open }) => {
  let store: Store
  beforeAll(async () => {
    store = await open()
    await runProgram(['migrate', '--database', store.address])
    await fillDaily(store.address, 400, 1_000)
  })
  afterAll(() => store?.drop())

  it('invariant 2: lets a running stream finish, and exits 0', async () => {
    const program = await startServing(['--database', store.address])
    onTestFinished(() => void program.child.kill('SIGKILL'))
    const db = await connect(program.url, { retries: 0 })
    let rows = 0
    for await (const batch of db.daily.stream()) {
      rows += batch.numRows
      if (rows === batch.numRows) program.child.kill('SIGTERM')
    }
    expect(rows).toBe(400_000)
    expect(await program.ended).toBe(0)
  })

  it('invariant 2: aborts a stalled stream at its limit with a typed error, and exits 0', async () => {
    const program = await startServing(['--database', store.address, '--drain-timeout', '300'])
    onTestFinished(() => void program.child.kill('SIGKILL'))
    const db = await connect(program.url, { retries: 0 })
    const stream = db.daily.stream()
    await stream.next()
    const stoppedAt = performance.now()
    program.child.kill('SIGTERM')
    expect(await program.ended).toBe(0)
    // The limit, and the time to abort and close.
    expect(performance.now() - stoppedAt).toBeLessThan(300 + 2_000)
    await sleep(0)
    const rest = async () => {
      for await (const _ of stream);
    }
    expect((await outcomeOf(rest())).error?.code).toMatch(/^(SHUTTING_DOWN|INCOMPLETE_ANSWER)$/)
  })
})
