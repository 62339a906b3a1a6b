import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connect } from '@stockdb/client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { outcomeOf } from '../support/failure.ts'
import { fillDaily } from '../support/fill-daily.ts'
import { runProgram, startProgram, startServing } from '../support/program.ts'
import { mysqlMakers } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const endedWhenReady = fileURLToPath(new URL('../fixtures/ended-when-ready.ts', import.meta.url))

describe('--help', () => {
  it.each([[], ['serve'], ['migrate'], ['import'], ['introspect'], ['demo'], ['token'], ['grants'], ['init']])(
    'is printed for stockdb %s',
    async (...command) => {
      const { code, stdout, stderr } = await runProgram([...command, '--help'])
      expect(code).toBe(0)
      expect(stdout).toMatch(new RegExp(`^Usage: stockdb ${command[0] ?? ''}`))
      expect(stderr).toBe('')
    },
  )

  it('lists the commands, and prints the version of the package', async () => {
    const { stdout } = await runProgram(['--help'])
    for (const command of ['serve', 'migrate', 'import', 'demo', 'token', 'grants'])
      expect(stdout).toContain(`  ${command} `)
    expect((await runProgram(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+/)
  })

  it('is not needed to find a wrong command, option or value', async () => {
    for (const args of [
      ['surve'],
      ['serve', '--prot', '1'],
      ['serve', '--port', 'x'],
      ['serve', '--log-level', 'loud'],
      ['import'],
    ]) {
      const { code, stdout, stderr } = await runProgram(args)
      expect(code).toBe(1)
      expect(stdout).toBe('')
      expect(stderr).toMatch(/^error: .*\n/)
    }
  })
})

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
    ['by default', {}, '--max-semi-space-size=16'],
    ['as set by the user', { NODE_OPTIONS: '--max_semi_space_size=32' }, undefined],
    ['whatever else is set', { MALLOC_MMAP_THRESHOLD_: '262144' }, '--max-semi-space-size=16'],
  ])('invariant 1: limits the memory for new objects, %s', async (_how, env, option) => {
    const server = await startServing(['--data', temporaryFolder()], env)
    onTestFinished(() => void server.child.kill('SIGKILL'))
    const args = readFileSync(`/proc/${server.child.pid}/cmdline`, 'utf8').split('\0')
    expect(args.filter((arg) => arg.includes('semi'))).toEqual(option === undefined ? [] : [option])
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

  it.each([
    [
      '--max-memory 4gb --kill-memory 2gb',
      '--max-memory (4GB) is above --kill-memory (2GB): the server would exit before it refuses a heavy call',
    ],
    [
      '--max-body 200MB --max-bytes-in-flight 128MB --max-bytes-in-flight-per-caller 64MB',
      '--max-body (200MB) is above --max-bytes-in-flight-per-caller (64MB): a body between the two would always be refused as too much just now; --max-body (200MB) is above --max-bytes-in-flight (128MB)',
    ],
  ])('refuses bounds that contradict each other: %s', async (options, message) => {
    const { code, stdout, stderr } = await runProgram([
      'serve',
      '--port',
      '0',
      '--data',
      temporaryFolder(),
      ...options.split(' '),
    ])
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain(`stockdb: ${message}`)
  })

  it('applies the narrower of two bounds', async () => {
    const bounds = '--max-memory 4GB --max-calls 10 --max-calls-per-caller 20 --max-heavy-calls 20 --connections 2'
    const server = await startServing(['--data', temporaryFolder(), ...bounds.split(' ')])
    onTestFinished(() => void server.child.kill('SIGKILL'))
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })

  it.each([
    [
      'postgres://me:a-secret@here/db',
      /^stockdb: the database address is not valid; expected mysql:\/\/.* or sqlite:.*\n$/,
    ],
    ['mysql://me:a-secret@127.0.0.1:1', /^stockdb: the database address names no database; .*\n$/],
    [
      'mysql://me:a#secret@127.0.0.1:1/db',
      /^stockdb: the database address has special characters in its password; .*\n$/,
    ],
    [
      'mysql://me:a%secret@127.0.0.1:1/db',
      /^stockdb: .* special characters in its password; encode them: % as %25, .*\n$/,
    ],
    ['sqlite:', /^stockdb: the database address is not valid; .*\n$/],
    ['sqlite:/dev/null/here.db', /^stockdb: .*\n$/],
  ])('refuses the address %s without repeating the secret', async (address, message) => {
    const { code, stdout, stderr } = await runProgram(['serve', '--port', '0', '--database', address])
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('a-secret')
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

describe.each(mysqlMakers)('SIGTERM to stockdb serve on $engine', ({ open }) => {
  it('invariant 2: lets a running stream finish, and exits 0', async () => {
    const store = await open()
    onTestFinished(() => store.drop())
    await runProgram(['migrate', '--database', store.address])
    await fillDaily(store.address, 300, 1_000)
    const program = await startServing(['--database', store.address])
    onTestFinished(() => void program.child.kill('SIGKILL'))
    const db = await connect(program.url, { retries: 0 })
    let rows = 0
    for await (const batch of db.daily.stream()) {
      rows += batch.numRows
      if (rows === batch.numRows) program.child.kill('SIGTERM')
    }
    expect(rows).toBe(300_000)
    expect(await program.ended).toBe(0)
  })

  it('invariant 2: aborts a stalled stream at its limit with a typed error, and exits 0', async () => {
    const store = await open()
    onTestFinished(() => store.drop())
    await runProgram(['migrate', '--database', store.address])
    await fillDaily(store.address, 400, 1_000)
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
