import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, connect, StockdbError, type Tushare } from '@stockdb/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { byEngine, engineOf, engines } from '../support/engines.ts'
import { randomFrom } from '../support/random.ts'
import { times } from '../support/scale.ts'
import { type Served, serve } from '../support/serve.ts'
import { enginesOfRun, type Store } from '../support/stores.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

const WRITERS = 8
const RUN_MS = times(2_500, 60_000)
const SYMBOLS = Array.from({ length: 20 }, (_, n) => `S${n}`)
const DAY = '2024-01-02'
const DAY_MS = 86_400_000
const TOTAL = 1_000

/** What became of one write. */
interface Ended {
  readonly writer: number
  readonly value: number
  readonly sequence: number | undefined
  readonly code: string | undefined
}

describe.each(enginesOfRun)('eight writers on $engine, whose connections are killed at random', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  let proxy: TcpProxy
  let db: Client<Tushare>

  beforeAll(async () => {
    store = await open()
    served = await serve(store.address, { bounds: { maxWrites: WRITERS, connections: 16 } })
    proxy = await startTcpProxy(Number(new URL(served.server.url).port))
    db = await connect(`http://127.0.0.1:${proxy.port}`, { retries: 20 })
  })
  afterAll(async () => {
    await proxy?.close()
    await served?.close()
    await store?.drop()
  })

  /** Cuts the connections of callers, and kills those of the server to its database, now and then until `until`. */
  async function harass(until: number, random: () => number): Promise<number> {
    let kills = 0
    while (performance.now() < until) {
      await sleep(50 + random() * 200)
      if (random() < 0.5) proxy.cutAfter(0, random() < 0.5 ? 'reset' : 'end')
      kills += await byEngine(store.address, { mysql: killOne, sqlite: async () => 1, duckdb: async () => 1 })(random)
    }
    return kills
  }

  async function killOne(random: () => number): Promise<number> {
    const { run } = engines[engineOf(store.address)]
    const ids = await run(store.address, [
      'select id from information_schema.processlist where db = database() and id <> connection_id()',
    ])
    const victim = ids[Math.floor(random() * ids.length)]?.[0]
    // It may have ended by itself.
    if (victim !== undefined) await run(store.address, [`kill ${Number(victim)}`]).catch(() => {})
    return Number(victim !== undefined)
  }

  /** Writes with all writers until the time is over; each write is one of `write`, by its writer and number. */
  async function run(write: (writer: number, value: number) => Promise<{ sequence: number }>): Promise<Ended[]> {
    const until = performance.now() + RUN_MS
    const ended: Ended[] = []
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let round = 0; performance.now() < until; round++) {
        const value = round * WRITERS + writer + 1
        try {
          const { sequence } = await write(writer, value)
          ended.push({ writer, value, sequence, code: undefined })
        } catch (error) {
          if (!(error instanceof StockdbError)) throw error
          ended.push({ writer, value, sequence: undefined, code: error.code })
        }
      }
    })
    const random = randomFrom(11)
    const [kills] = await Promise.all([harass(until, random), ...writers])
    const done = ended.filter(({ code }) => code === undefined)
    console.log(`${done.length} writes acknowledged, ${ended.length - done.length} not, ${kills} kills`)
    expect(done.length).toBeGreaterThan(0)
    for (const { code } of ended) expect([undefined, 'WRITE_OUTCOME_UNKNOWN', 'UNREACHABLE']).toContain(code)
    return ended
  }

  const values = async (client: Client<Tushare>): Promise<number[]> => [
    ...(await client.adj_factor.at({ date: DAY, fields: ['adj_factor'] })).columns.adj_factor,
  ]

  it('invariant 5: register: no read sees parts of two writes, and the last one stays', async () => {
    let reading = true
    const torn: number[][] = []
    const reader = (async () => {
      while (reading) {
        const seen = await values(served.db).catch(() => [])
        if (new Set(seen).size > 1) torn.push(seen)
        await sleep(5)
      }
    })()
    const ended = await run((_, value) =>
      db.adj_factor.upsert(SYMBOLS.map((ts_code) => ({ ts_code, trade_date: DAY, adj_factor: value }))),
    )
    reading = false
    await reader
    expect(torn).toEqual([])
    const final = new Set(await values(served.db))
    const acknowledged = ended.filter(({ sequence }) => sequence !== undefined)
    const last = Math.max(...acknowledged.map(({ sequence }) => sequence as number))
    const possible = [
      ...acknowledged.filter(({ sequence }) => sequence === last),
      ...ended.filter(({ code }) => code === 'WRITE_OUTCOME_UNKNOWN'),
    ]
    expect(final.size).toBe(1)
    expect(possible.map(({ value }) => value)).toContain([...final][0])
    const sequences = acknowledged.map(({ sequence }) => sequence)
    expect(new Set(sequences).size).toBe(sequences.length)
  }, 180_000)

  it('invariant 5: bank: the total is the same in every read', async () => {
    const random = randomFrom(3)
    const split = (): number[] => {
      const shares = SYMBOLS.map(() => 1)
      for (let left = TOTAL - SYMBOLS.length; left > 0; left--) {
        const at = Math.floor(random() * shares.length)
        shares[at] = (shares[at] as number) + 1
      }
      return shares
    }
    const write = () => {
      const shares = split()
      return db.adj_factor.upsert(
        SYMBOLS.map((ts_code, at) => ({ ts_code, trade_date: DAY, adj_factor: shares[at] as number })),
      )
    }
    await write()
    const totals = new Set<number>()
    let reading = true
    const reader = (async () => {
      while (reading) {
        const seen = await values(served.db).catch(() => [])
        if (seen.length > 0) totals.add(seen.reduce((sum, share) => sum + share, 0))
        await sleep(5)
      }
    })()
    await run(write)
    reading = false
    await reader
    expect([...totals]).toEqual([TOTAL])
  }, 180_000)

  it('invariant 5: list: every acknowledged entry is there once, and entries follow each other as they were written', async () => {
    await served.db.adj_factor.delete({ all: true })
    const dayOf = (round: number) => new Date(Date.parse('2000-01-01') + round * DAY_MS).toISOString().slice(0, 10)
    const ended = await run((writer, value) => {
      const entry = { ts_code: `W${writer}`, trade_date: dayOf(Math.floor(value / WRITERS)), adj_factor: value }
      return db.adj_factor.upsert([entry], { mode: 'insert' })
    })
    const found = (await served.db.adj_factor.range()).columns.adj_factor
    const there = new Set(found)
    expect(there.size).toBe(found.length)
    const unknown = new Set(ended.filter(({ code }) => code === 'WRITE_OUTCOME_UNKNOWN').map(({ value }) => value))
    for (const { value, sequence } of ended) if (sequence !== undefined) expect(there).toContain(value)
    for (const value of there)
      expect(unknown.has(value) || ended.some((one) => one.value === value && one.sequence !== undefined)).toBe(true)
    for (let writer = 0; writer < WRITERS; writer++) {
      const own = ended.filter((one) => one.writer === writer && one.sequence !== undefined)
      expect(own.map(({ sequence }) => sequence)).toEqual(
        own.map(({ sequence }) => sequence as number).toSorted((a, b) => a - b),
      )
    }
  }, 180_000)
})
