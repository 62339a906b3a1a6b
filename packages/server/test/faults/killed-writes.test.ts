import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, connect, StockdbError, type Tushare } from '@stockdb/client'
import { startPrivateServer } from '@stockdb/testing/private-server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runProgram, type ServingProgram, startServing } from '../support/program.ts'
import { randomFrom } from '../support/random.ts'
import { times } from '../support/scale.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ROWS = 1_000
const UPSERTS = times(1, 200)
/** Upserts that are not disturbed, to know how long one takes. */
const UNDISTURBED = 2
/** How much the time until a kill grows after a lost upsert, and shrinks after an acknowledged one: so half of them are. */
const STEP = 1.15
/** A full run takes long: it says now and then how far it is. */
const PROGRESS = 25
const DAY_MS = 86_400_000
const FULL_MS = 3_600_000

const dayOf = (number: number): string =>
  new Date(Date.parse('2000-01-01') + number * DAY_MS).toISOString().slice(0, 10)
const rowsOf = (number: number) =>
  Array.from({ length: ROWS }, (_, n) => ({ ts_code: `S${n}`, trade_date: dayOf(number), adj_factor: number + 1 }))

/** What can be killed during an upsert, and comes back. */
interface Victim {
  /** Ends it by SIGKILL, and brings it back; resolves to a client of what then serves. */
  killAndRestart(): Promise<Client<Tushare>>
}

/** Kills the victim at a random moment of each upsert: all of its rows are there, or none; all, if it was acknowledged. */
async function killDuringUpserts(first: Client<Tushare>, victim: Victim): Promise<void> {
  const random = randomFrom(14)
  let db = first
  // A restart makes the next upsert slower, by how much depends on the database: so it is found out as it goes.
  let usualMs = 0
  for (let number = 0; number < UNDISTURBED; number++) {
    const startedAt = performance.now()
    await db.adj_factor.upsert(rowsOf(number))
    usualMs = performance.now() - startedAt
  }
  const seen = { acknowledged: 0, 'lost, and there': 0, 'lost, and not there': 0 }
  for (let number = UNDISTURBED; number < UNDISTURBED + UPSERTS; number++) {
    const idempotencyKey = `kill-${number}`
    const writing = db.adj_factor.upsert(rowsOf(number), { idempotencyKey }).then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof StockdbError) || !(error.retryable || error.code === 'WRITE_OUTCOME_UNKNOWN'))
          throw error
        return false
      },
    )
    await sleep(random() * usualMs * 2)
    const restarting = victim.killAndRestart()
    const [acknowledged, next] = await Promise.all([writing, restarting])
    db = next
    const day = dayOf(number)
    const { numRows: count, columns } = await db.adj_factor.range({ start: day, end: day }, { fresh: true })
    expect([0, ROWS], `upsert ${number}`).toContain(count)
    if (acknowledged) expect(count, `acknowledged upsert ${number}`).toBe(ROWS)
    expect(new Set(columns.adj_factor).size).toBe(count === 0 ? 0 : 1)
    usualMs *= acknowledged ? 1 / STEP : STEP
    seen[acknowledged ? 'acknowledged' : count === 0 ? 'lost, and not there' : 'lost, and there']++
    if ((number + 1) % PROGRESS === 0)
      console.log(`${number + 1 - UNDISTURBED} upserts so far: ${JSON.stringify(seen)}`)
    // The same call under its key settles it, and its counts are those of the write that took effect.
    expect(await db.adj_factor.upsert(rowsOf(number), { idempotencyKey })).toMatchObject({ inserted: ROWS, changed: 0 })
  }
  const whole = await db.adj_factor.range({ start: dayOf(0) }, { fresh: true })
  expect(whole.numRows).toBe((UNDISTURBED + UPSERTS) * ROWS)
  const { changes } = await db.changes({ limit: 1_000 })
  expect(changes.map(({ inserted }) => inserted)).toEqual(Array.from({ length: UNDISTURBED + UPSERTS }, () => ROWS))
  console.log(`${UPSERTS} upserts of ${ROWS} rows, each with a kill: ${JSON.stringify(seen)}`)
}

const serving = async (address: string): Promise<ServingProgram> => {
  const server = await startServing(['--database', address, '--data', temporaryFolder(), '--log-level', 'warn'])
  onTestFinished(() => void server.child.kill('SIGKILL'))
  return server
}

describe.each(enginesOfRun)('on $engine', ({ open }) => {
  it(
    `invariant 5: a server killed at a random moment of an upsert (times: ${UPSERTS}) leaves all of it or nothing`,
    async () => {
      const store = await open()
      onTestFinished(() => store.drop())
      expect((await runProgram(['migrate', '--database', store.address])).code).toBe(0)
      let server = await serving(store.address)
      await killDuringUpserts(await connect(server.url, { retries: 0 }), {
        async killAndRestart() {
          server.child.kill('SIGKILL')
          await server.ended
          server = await serving(store.address)
          return connect(server.url, { retries: 0 })
        },
      })
    },
    times(240_000, FULL_MS),
  )
})

it(
  `invariant 5: a database server killed at a random moment of an upsert (times: ${UPSERTS}) keeps all of it or nothing`,
  async () => {
    const mysql = await startPrivateServer()
    onTestFinished(() => mysql.stop())
    await sql(`${mysql.url}/mysql`, 'create database stocks', 'select 1')
    const address = `${mysql.url}/stocks`
    expect((await runProgram(['migrate', '--database', address])).code).toBe(0)
    const { url } = await serving(address)
    await killDuringUpserts(await connect(url), {
      async killAndRestart() {
        await mysql.kill('SIGKILL')
        await mysql.restart()
        return connect(url)
      },
    })
  },
  times(240_000, FULL_MS),
)
