import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, connect, type Tushare } from '@stockdb/client'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { outcomeOf } from '../support/failure.ts'
import { fillDaily } from '../support/fill-daily.ts'
import { type EndedImport, FILE_ROWS, FIRST_DAY, Imports } from '../support/imports.ts'
import { runProgram, type ServingProgram, startServing } from '../support/program.ts'
import { randomFrom } from '../support/random.ts'
import { times } from '../support/scale.ts'
import { StatusFollower } from '../support/status-follower.ts'
import { type Ended, SteadyLoad, strategies } from '../support/steady-load.ts'
import { oneServer, type Store, sharedMakers } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const SYMBOLS = 140
const DAYS = 1_000
const KILLS = times(1, 20)
/** In every this many rounds a reader stalls, so that the server waits up to its limit. */
const STALLED_EVERY = 10
const EXIT_MS = 10_000
/** Longer than anything here takes: a call that exceeds it hangs. */
const HANGING_MS = 60_000
/** Time from the death of the server to the error in the client. */
const NOTICED_MS = times(5_000, 2_000)
const FULL_MS = 1_200_000

/** CI has no time for more rounds, nor for every engine. */
const makers = times(oneServer, sharedMakers)
const TERMINATIONS = times(2, 50)

/** Errors that a call may have while the server stops, is down, or has just started. */
const CODES = ['SHUTTING_DOWN', 'UNREACHABLE', 'INCOMPLETE_ANSWER', 'OVERLOADED']

/** A port outside the ephemeral range, so that a server can reuse it. */
async function portOfOnesOwn(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const probe = createServer().listen(port, '127.0.0.1')
    const free = await once(probe, 'listening').then(
      () => true,
      () => false,
    )
    probe.close()
    if (free) return port
  }
}

/** A call that was running when the signal came: how it ended, and how long after. */
interface UnderWay {
  readonly how: Ended['how']
  readonly msAfter: number
}

describe.each(makers)('on $engine, under load', { timeout: times(240_000, FULL_MS) }, ({ open }) => {
  let store: Store
  let port: number
  let server: ServingProgram
  let db: Client<Tushare>
  /** Options of readers that retry refusals until their answer begins. */
  let patient: Client<Tushare>

  beforeAll(async () => {
    store = await open()
    expect((await runProgram(['migrate', '--database', store.address])).code).toBe(0)
    await fillDaily(store.address, SYMBOLS, DAYS)
    port = await portOfOnesOwn()
  })
  afterAll(() => store?.drop())

  const startServer = async (data: string): Promise<void> => {
    const args = ['--database', store.address, '--port', String(port), '--data', data, '--log-level', 'warn']
    // Other test files may keep the machine busy, which must not cause refusals of heavy calls.
    server = await startServing([...args, '--max-loop-delay', '60s'])
  }

  /** Stops servers one after the other while the same client calls them. */
  async function endAgainAndAgain(
    count: number,
    end: (index: number, signal: (name: NodeJS.Signals) => void) => Promise<void>,
  ): Promise<{ load: SteadyLoad; underWay: readonly UnderWay[] }> {
    const data = temporaryFolder()
    onTestFinished(() => void server.child.kill('SIGKILL'))
    await startServer(data)
    db = await connect(server.url, { retries: 0, timeoutMs: HANGING_MS })
    patient = await connect(server.url, { retries: 10, timeoutMs: HANGING_MS })
    const load = new SteadyLoad(strategies(db, SYMBOLS, DAYS))
    const follower = new StatusFollower(db)
    const random = randomFrom(12)
    const underWay: UnderWay[] = []
    let since = 0
    for (let index = 0; index < count; index++) {
      await expect.poll(() => load.unanswered(since), { timeout: HANGING_MS }).toEqual([])
      await sleep(random() * 500)
      let signalledAt = Number.NaN
      await end(index, (name) => {
        signalledAt = performance.now()
        server.child.kill(name)
      })
      await startServer(data)
      since = performance.now()
      for (const { how, startedAt, endedAt } of load.ended)
        if (startedAt < signalledAt && endedAt > signalledAt) underWay.push({ how, msAfter: endedAt - signalledAt })
    }
    await expect.poll(() => load.unanswered(since), { timeout: HANGING_MS }).toEqual([])
    await load.stop()
    const told = follower.samples.length
    await expect.poll(() => follower.samples.length, { timeout: EXIT_MS }).toBeGreaterThan(told)
    await follower.stop()
    console.log(`a subscription across all of them: ${follower.samples.length} samples, ${follower.gaps} gaps`)
    expect(follower.failure).toBeUndefined()
    // Each new server has no samples of the previous one.
    expect(follower.gaps).toBeGreaterThan(0)
    expect(follower.gaps).toBeLessThanOrEqual(count)
    const failed = load.ended.filter(({ how }) => how !== 'whole')
    expect(failed.length).toBeGreaterThan(count)
    expect(failed.filter(({ how, retryable }) => !retryable || !CODES.includes(how))).toEqual([])
    return { load, underWay }
  }

  it(`invariants 2 and 5: after ${TERMINATIONS} SIGTERMs every file reported as imported is complete, no stream was truncated silently, and each exit took less than 10 s`, async () => {
    const imports = new Imports(store.address, temporaryFolder(), randomFrom(13))
    onTestFinished(() => imports.kill())
    const exits: number[] = []
    const stalledErrors: string[] = []
    const { load, underWay } = await endAgainAndAgain(TERMINATIONS, async (index, signal) => {
      const stalled = index % STALLED_EVERY === STALLED_EVERY - 1 ? moreThanFits(patient) : undefined
      await stalled?.next()
      const signalledAt = performance.now()
      signal('SIGTERM')
      expect(await server.ended).toBe(0)
      exits.push(performance.now() - signalledAt)
      if (stalled) stalledErrors.push((await outcomeOf(readAll(stalled))).error?.code ?? 'none')
    })
    await imports.stop()
    const sorted = exits.toSorted((a, b) => a - b)
    console.log(
      `${TERMINATIONS} SIGTERMs: exit after ${sorted[Math.floor(sorted.length / 2)]?.toFixed(0)} ms (median), ${sorted.at(-1)?.toFixed(0)} ms at most; calls under way: ${count(underWay)}; streams of readers that stalled: ${stalledErrors.join(', ') || 'none'}; all calls: ${JSON.stringify(load.counts())}; ${describeImports(imports.ended)}`,
    )
    await expectAllOrNothing(imports.ended)
    for (const code of stalledErrors) expect(code).toMatch(/^(SHUTTING_DOWN|INCOMPLETE_ANSWER)$/)
    expect(sorted.at(-1)).toBeLessThan(EXIT_MS)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  it(`invariant 2: each call that was under way when the server is killed (SIGKILL, times: ${KILLS}) fails with an error, and the same client continues with the next one`, async () => {
    const { load, underWay } = await endAgainAndAgain(KILLS, async (_index, signal) => {
      // One call that is certainly in the middle.
      const stream = moreThanFits(patient)
      await stream.next()
      signal('SIGKILL')
      expect(await server.ended).toBe('SIGKILL')
      expect((await outcomeOf(readAll(stream))).error?.code).toBe('INCOMPLETE_ANSWER')
    })
    const noticedMs = Math.max(...underWay.map(({ msAfter }) => msAfter))
    console.log(
      `${KILLS} SIGKILLs: calls under way: ${count(underWay)}, the last of them ${noticedMs.toFixed(0)} ms after; all calls: ${JSON.stringify(load.counts())}`,
    )
    expect(underWay.filter(({ how }) => how !== 'whole').length).toBeGreaterThan(0)
    expect(noticedMs).toBeLessThan(NOTICED_MS)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  /** Acknowledged files are complete; every other file is complete or absent, and absent if the program said so. */
  async function expectAllOrNothing(ended: readonly EndedImport[]): Promise<void> {
    for (const { fate, code, stderr, files, endMs } of ended) {
      const rows = await Promise.all(
        files.map(
          async ({ symbol }) =>
            (await db.adj_factor.range({ symbols: [symbol], unknownSymbols: 'ignore', start: FIRST_DAY })).numRows,
        ),
      )
      const story = `${fate}, ended with ${code}, ${JSON.stringify(files)}, rows ${rows}: ${stderr}`
      for (const [index, { acknowledged }] of files.entries()) {
        if (acknowledged) expect(rows[index], story).toBe(FILE_ROWS)
        else if (stderr.includes('nothing of this file was imported')) expect(rows[index], story).toBe(0)
        else expect([0, FILE_ROWS], story).toContain(rows[index])
      }
      if (fate === 'none') expect(code, story).toBe(0)
      if (code === 0)
        expect(
          files.every(({ acknowledged }) => acknowledged),
          story,
        ).toBe(true)
      if (fate === 'SIGTERM') expect(endMs, story).toBeLessThan(EXIT_MS)
    }
  }
})

/** More rows than fit into all buffers between the database and a stalled reader. */
const moreThanFits = (db: Client<Tushare>) =>
  db.query
    .selectFrom('daily as a')
    .innerJoin('daily as b', 'a.ts_code', 'b.ts_code')
    .select(['a.close', 'b.close as other'])
    .stream()

async function readAll(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

/** Counts by outcome. */
function count(calls: readonly UnderWay[]): string {
  const groups = Map.groupBy(calls, ({ how }) => how)
  return [...groups].map(([how, { length }]) => `${length} ${how}`).join(', ')
}

function describeImports(ended: readonly EndedImport[]): string {
  const acknowledged = ended.flatMap(({ files }) => files).filter(({ acknowledged }) => acknowledged).length
  const groups = Map.groupBy(ended, ({ fate, code }) => `${fate}: ${code}`)
  const counts = [...groups].map(([name, { length }]) => `${name} ${length} times`).toSorted()
  return `${ended.length} imports (${counts.join(', ')}), ${acknowledged} of ${2 * ended.length} files acknowledged`
}
