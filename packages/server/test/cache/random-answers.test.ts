import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseHere } from '../support/command-line.ts'
import { loggedMaker } from '../support/logged-server.ts'
import { randomFrom } from '../support/random.ts'
import { times } from '../support/scale.ts'
import { type Store, sharedMakers } from '../support/stores.ts'
import { DAYS, FACTOR_DAYS, firstState, type State, SYMBOLS } from './random/market.ts'
import { outside } from './random/outside.ts'
import { type Question, questionOf } from './random/questions.ts'
import { CLIENT_MAX_AGE_MS, kinds, RandomServer } from './random/servers.ts'
import { writeOf } from './random/writes.ts'

/** Different questions, and those of them that are asked most for a while, so that many are asked again. */
const QUESTIONS = 48
const HOT = 4
const STEPS = times(250, 4_000)
const ANY: readonly Question[] = Array.from({ length: 100 }, (_, seed) => questionOf(randomFrom(seed)))
const WIDE = ANY.filter(({ path, input }) => path === 'daily.range' && !('start' in input))
const NARROW = ANY.filter(({ path, input }) => path === 'daily.range' && 'start' in input && !('limit' in input))
const SEED = Number(process.env.STOCKDB_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** Who wrote: another program, or a server through its client that keeps answers or through the other one. */
type Writer = 'outside' | { readonly server: number; readonly keeps: boolean }

interface Version {
  readonly state: State
  readonly by: Writer
  /** When its writer knew that it was committed; also by the clock. */
  committedAt: number
  committedOn: number
}

describe.each([...sharedMakers, loggedMaker])(
  'answers of servers on $engine beside writers of all kinds',
  ({ open }) => {
    let store: Store
    let servers: RandomServer[]
    /** In the order of their commits. */
    const versions: Version[] = [{ state: firstState, by: 'outside', committedAt: 0, committedOn: 0 }]
    let lastWrite: Promise<unknown> = Promise.resolve()
    const folder = mkdtempSync(join(tmpdir(), 'stockdb-answers-'))

    beforeAll(async () => {
      store = await open()
      servers = []
      for (const kind of kinds) {
        const server = new RandomServer(kind, store.address, folder)
        servers.push(server)
        await server.start()
      }
      const db = (servers[0] as RandomServer).client(false)
      await db.stock_basic.upsert(SYMBOLS.map((ts_code) => ({ ts_code, name: 'a', list_date: '2000-01-03' })))
      await db.trade_cal.upsert(
        Array.from({ length: 40 }, (_, day) => new Date(Date.UTC(2023, 11, 10 + day)).toISOString().slice(0, 10)).map(
          (cal_date) => ({ exchange: 'SSE', cal_date, is_open: DAYS.includes(cal_date) ? 1 : 0 }),
        ),
      )
      await db.adj_factor.upsert(
        SYMBOLS.flatMap((ts_code) => FACTOR_DAYS.map((trade_date) => ({ ts_code, trade_date, adj_factor: 1 }))),
      )
      await sleep(Math.max(...kinds.map(({ maxAgeMs }) => maxAgeMs)))
    }, 300_000)
    afterAll(async () => {
      await Promise.all((servers ?? []).map((one) => one.close()))
      await store?.drop()
      rmSync(folder, { recursive: true })
    })

    /** One write after the other, so that their order is known. */
    function write(random: () => number): Promise<void> {
      const mine = lastWrite.then(() => writeNow(random))
      lastWrite = mine.catch(() => {})
      return mine
    }

    async function writeNow(random: () => number): Promise<void> {
      const number = versions.length
      const { state, through, outside: other, file } = writeOf(random, (versions.at(-1) as Version).state, number)
      const way = random()
      const commit = (by: Writer, after: State, run: () => Promise<unknown>): Promise<void> => {
        const version = {
          ...{ state: after, by },
          ...{ committedAt: Number.POSITIVE_INFINITY, committedOn: Number.POSITIVE_INFINITY },
        }
        versions.push(version)
        return run().then(() => {
          version.committedAt = performance.now()
          version.committedOn = Date.now()
        })
      }
      if (way < 0.25) {
        // Some beside changes that are no change of an answer.
        const more = random() < 0.3 ? ['begin', other.statement, 'delete from moneyflow', 'commit'] : [other.statement]
        return commit('outside', other.state, () => outside(store.address, ...more))
      }
      if (way < 0.4 && file) {
        const path = join(folder, 'rows.csv')
        writeFileSync(path, `${file.text}\n`)
        return commit('outside', state, async () => {
          const { code, stderr } = await parseHere([
            'import',
            path,
            ...['--dataset', file.dataset],
            ...['--database', store.address],
          ])
          expect([code, stderr]).toEqual([0, ''])
        })
      }
      const by = { server: Math.floor(random() * servers.length), keeps: random() < 0.3 }
      return commit(by, state, () => through((servers[by.server] as RandomServer).client(by.keeps)))
    }

    /** A commit that changes no answer, at any time. */
    async function noise(random: () => number): Promise<void> {
      const kind = random()
      if (kind < 0.1) await outside(store.address, 'create table if not exists noise (n int)')
      else if (kind < 0.2) await outside(store.address, 'drop table if exists noise')
      else if (kind < 0.4) await outside(store.address, 'delete from moneyflow')
      else {
        const server = servers[Math.floor(random() * servers.length)] as RandomServer
        const row = { ts_code: SYMBOLS[0] as string, trade_date: DAYS[0] as string, net_mf_vol: random() }
        await server.client(random() < 0.5).moneyflow.upsert([row])
      }
    }

    async function read(at: number, random: () => number): Promise<'kept' | 'read'> {
      const some = random() < 0.8
      const number = some ? (versions.length >> 3) * HOT + Math.floor(random() * HOT) : Math.floor(random() * QUESTIONS)
      const question = questionOf(randomFrom(number % QUESTIONS))
      return check(at, question, random() < 0.4)
    }

    async function check(at: number, question: Question, keeps: boolean): Promise<'kept' | 'read'> {
      const server = servers[at] as RandomServer
      const askedAt = performance.now()
      const { rows, asOf } = await server.ask(question, keeps)
      const columns = question.of((versions[0] as Version).state)[0]?.length ?? 3
      const found = JSON.stringify(rows.map((row) => row.slice(0, columns)))
      // Nothing older than what was committed within the bound, or before the moment that it names, or what this server wrote of it.
      const answers = versions.map(({ state }) => JSON.stringify(question.of(state)))
      const bound = Math.max(server.maxAgeMs, keeps ? CLIENT_MAX_AGE_MS : 0)
      const named = asOf === undefined ? Number.NEGATIVE_INFINITY : Date.parse(asOf)
      const least = versions.findLastIndex(({ by, committedAt, committedOn }, index) => {
        const own = by !== 'outside' && by.server === at && (!keeps || by.keeps)
        if (own && committedAt <= askedAt && answers[index] !== answers[index - 1]) return true
        return askedAt - committedAt >= bound || committedOn < named
      })
      const what = `${question.path} ${JSON.stringify(question.input)} of server ${at}, ${keeps ? 'by the client that keeps answers' : 'in JSON'}: versions from ${least} on, as of ${asOf}`
      expect(answers.slice(least), what).toContain(found)
      return asOf === undefined ? 'read' : 'kept'
    }

    it(
      'are of one version each, and none is older than its bound',
      async () => {
        console.log(`seed ${SEED}`)
        const random = randomFrom(SEED)
        const anyServer = (): number => Math.floor(random() * servers.length)
        const seen = { kept: 0, read: 0 }
        const blocks = { filed: 0, used: 0 }
        const count = async (server: RandomServer): Promise<void> => {
          const { filed, used } = await server.blocks()
          blocks.filed += filed
          blocks.used += used
        }
        const noises = new Set<Promise<void>>()
        for (let step = 0; step < STEPS; step++) {
          const chance = random()
          if (chance < 0.05) await write(random)
          else if (chance < 0.09) await sleep(random() * 150)
          else if (chance < 0.1) {
            const server = servers[anyServer()] as RandomServer
            await Promise.all([lastWrite, ...noises])
            // Of many rows, so that there are blocks on disk; then of some of them.
            const at = servers.indexOf(server)
            for (const question of WIDE.slice(0, 3)) await check(at, question, false)
            await sleep(100)
            await count(server)
            await server.close()
            await server.start()
            for (const question of NARROW) await check(at, question, false)
          } else {
            if (random() < 0.05 && noises.size < 3) {
              const one = noise(random).finally(() => noises.delete(one))
              noises.add(one)
            }
            const beside = random() < 0.08 ? [write(random)] : []
            const reads = Array.from({ length: 1 + Math.floor(random() * 4) }, () => read(anyServer(), random))
            const [found] = await Promise.all([Promise.all(reads), ...beside])
            for (const how of found as ('kept' | 'read')[]) seen[how]++
          }
        }
        await Promise.all(noises)
        for (const server of servers) await count(server)
        console.log(JSON.stringify({ ...seen, blocks, versions: versions.length }))
        expect(seen.kept).toBeGreaterThan(0)
        expect(seen.read).toBeGreaterThan(0)
      },
      120_000 + times(0, 3_600_000),
    )
  },
)
