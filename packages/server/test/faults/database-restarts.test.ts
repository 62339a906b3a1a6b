import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@stockdb/client'
import { withConnection } from '@stockdb/testing/ask-server'
import { createDatabase } from '@stockdb/testing/database'
import { startPrivateServer } from '@stockdb/testing/private-server'
import { expect, it, onTestFinished } from 'vitest'
import { FAILURE_MS } from '../support/failure.ts'
import { fillDaily } from '../support/fill-daily.ts'
import { runProgram, startServing } from '../support/program.ts'
import { randomFrom } from '../support/random.ts'
import { times } from '../support/scale.ts'
import { sql } from '../support/sql.ts'
import { StatusFollower } from '../support/status-follower.ts'
import { SteadyLoad, strategies } from '../support/steady-load.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const SYMBOLS = 150
const DAYS = 1_000
const RESTARTS = times(2, 20)
/** Time from the database's first answer to that of a call. */
const FIRST_ANSWER_MS = 1_000
/** Tolerance for a machine that runs other tests at the same time. */
const BUSY_MS = 5_000
/** Errors that a call may have meanwhile: the database is unavailable, or the server is busy with earlier calls. */
const CODES = ['DATABASE_UNAVAILABLE', 'DATABASE_INTERRUPTED', 'OVERLOADED']
/** Maximum connections of the server, including those for kills and SQL statements, plus the one that counts. */
const CONNECTIONS = 10 + 4 + 2 + 1
/** Longer than anything here takes: a call that exceeds it hangs. */
const HANGING_MS = 60_000

/** Resolves when the database answers direct queries. */
async function ready(url: string): Promise<void> {
  for (;;) {
    const answers = await withConnection(url, 1_000, (connection) => connection.query('select 1')).catch(
      () => undefined,
    )
    if (answers) return
    await sleep(5)
  }
}

it(`a database that is restarted ${RESTARTS} times under load is used again within a second, and no call hangs or is cut silently`, {
  timeout: times(120_000, 900_000),
}, async () => {
  const database = await startPrivateServer()
  onTestFinished(() => database.stop())
  const { url } = await createDatabase(database.url)
  expect((await runProgram(['migrate', '--database', url])).code).toBe(0)
  await fillDaily(url, SYMBOLS, DAYS)
  const server = await startServing([
    '--database',
    url,
    '--data',
    temporaryFolder(),
    '--log-level',
    'warn',
    '--max-loop-delay',
    '60s',
  ])
  onTestFinished(() => void server.child.kill('SIGKILL'))
  const db = await connect(server.url, { retries: 0, timeoutMs: HANGING_MS })
  const follower = new StatusFollower(db)
  const load = new SteadyLoad(strategies(db, SYMBOLS, DAYS))
  const random = randomFrom(11)
  const firstAnswers: number[] = []
  const lastFailures: number[] = []
  await expect.poll(() => load.unanswered(0), { timeout: HANGING_MS }).toEqual([])
  for (let restart = 0; restart < RESTARTS; restart++) {
    await sleep(random() * 500)
    // A graceful shutdown, in which the database closes its connections one by one, and a kill.
    await database.kill(restart % 2 ? 'SIGKILL' : 'SIGTERM')
    const gone = performance.now()
    const restarted = database.restart()
    await ready(url)
    const readyAt = performance.now()
    await restarted
    await expect.poll(() => load.unanswered(gone), { timeout: HANGING_MS }).toEqual([])
    firstAnswers.push(Math.min(...load.firstWhole(gone, readyAt).values()))
    const underWay = load.ended.filter(({ how, startedAt }) => how !== 'whole' && startedAt < gone)
    lastFailures.push(Math.max(0, ...underWay.map(({ endedAt }) => endedAt - gone)))
  }
  await load.stop()
  const told = follower.samples.length
  await expect.poll(() => follower.samples.length, { timeout: FAILURE_MS }).toBeGreaterThan(told)
  await follower.stop()

  const sorted = firstAnswers.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  console.log(
    `${RESTARTS} restarts: first answer after the database was ready: median ${median.toFixed(0)} ms, max ${sorted.at(-1)?.toFixed(0)} ms; the last call that broke: ${Math.max(...lastFailures).toFixed(0)} ms after the database was gone; ${JSON.stringify(load.counts())}; a subscription was told ${follower.samples.length} times how the server does, ${follower.samples.filter((sample) => sample.database === 'unavailable').length} times that its database is gone`,
  )
  // It does not use the database, and is notified.
  expect([follower.failure, follower.gaps]).toEqual([undefined, 0])
  expect(follower.samples.at(-1)?.database).toBe('ok')
  const failed = load.ended.filter(({ how }) => how !== 'whole')
  expect(failed.length).toBeGreaterThan(RESTARTS)
  expect(failed.filter(({ retryable }) => !retryable)).toEqual([])
  expect(failed.filter(({ how }) => !CODES.includes(how))).toEqual([])
  expect(median).toBeLessThan(FIRST_ANSWER_MS)
  expect(sorted.at(-1)).toBeLessThan(times(BUSY_MS, FIRST_ANSWER_MS))
  expect(Math.max(...lastFailures)).toBeLessThan(times(BUSY_MS, FAILURE_MS))

  // Nothing is left behind, and it is the same process.
  expect(server.child.exitCode).toBeNull()
  expect(await db.ops.health()).toMatchObject({ status: 'ok', database: 'ok' })
  const [[connections]] = (await sql(
    url,
    `select count(*) from information_schema.processlist where db = database()`,
  )) as [[number]]
  expect(connections).toBeLessThanOrEqual(CONNECTIONS)
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
  expect(server.stderr).not.toContain('"level":60')
})
