import { once } from 'node:events'
import { connect as connectSocket, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Tushare } from '@stockdb/contract'
import { ARROW_STREAM } from '@stockdb/contract/wire'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { fillDaily } from '../support/fill-daily.ts'
import { expectIdleInTime, msUntilIdle } from '../support/idle-database.ts'
import { type Watcher, watchAccount } from '../support/process-list.ts'
import { randomFrom } from '../support/random.ts'
import { times } from '../support/scale.ts'
import { type Served, serve } from '../support/serve.ts'
import { oneServer, type Store } from '../support/stores.ts'

const SYMBOLS = 300
const DAYS = 1_000
const CONNECTIONS = 4
/** In each of the six phases of a call. */
const TIMES = times(10, 200)
const SERIES_MS = times(60_000, 600_000)
const SETTLED_MS = 5_000
const EVERYTHING = { path: 'daily.range', input: {} }
/** Fewer rows than a heavy call, and more bytes than sockets hold. */
const LONG_BUT_LIGHT = { path: 'daily.range', input: { limit: 190_000 } }
const ONE = { path: 'daily.range', input: { symbols: ['000007.SZ'] } }

const identifier = (name: string) => ({ kind: 'IdentifierNode', name })
const reference = (name: string) => ({
  kind: 'ReferenceNode',
  column: { kind: 'ColumnNode', column: identifier(name) },
})
/** Sorts all rows without an index before the first one is returned. */
const SORT = {
  path: 'query.run',
  input: {
    query: {
      kind: 'SelectQueryNode',
      from: {
        kind: 'FromNode',
        froms: [{ kind: 'TableNode', table: { kind: 'SchemableIdentifierNode', identifier: identifier('daily') } }],
      },
      selections: ['ts_code', 'close', 'vol', 'amount'].map((name) => ({
        kind: 'SelectionNode',
        selection: reference(name),
      })),
      orderBy: {
        kind: 'OrderByNode',
        items: ['amount', 'vol', 'close'].map((name) => ({ kind: 'OrderByItemNode', orderBy: reference(name) })),
      },
    },
  },
}

/** Counts of sockets, timers and other active resources of this process, which runs the server. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** Kill connections and other short-lived ones; a leak would be one per caller. */
const SPARE = 8

/** Kinds with more resources than before, beyond the few short-lived ones. */
const more = (before: Readonly<Record<string, number>>, now: Readonly<Record<string, number>>): object =>
  Object.fromEntries(Object.entries(now).filter(([name, count]) => count > (before[name] ?? 0) + SPARE))

/** Counts received bytes of a socket. */
function counted(socket: Socket): { readonly count: number } {
  const bytes = { count: 0 }
  socket.on('data', (chunk) => {
    bytes.count += chunk.length
  })
  return bytes
}

interface Question {
  readonly path: string
  readonly input: object
}

const requestOf = ({ path, input }: Question): string => {
  const body = JSON.stringify(input)
  const head = `POST /trpc/${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: ${ARROW_STREAM}\r\nContent-Type: application/json\r\n`
  return `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

describe.each(oneServer)(
  `${6 * TIMES} callers that disconnect, on $engine`,
  { timeout: SERIES_MS },
  ({ engine, open }) => {
    let store: Store
    let account: Watcher
    let served: Served<Tushare>
    let atFirst: Readonly<Record<string, number>>
    let left = 0
    const random = randomFrom(5)

    /** Node's warnings, for example about too many listeners. */
    const warnings: string[] = []
    const onWarning = ({ message }: Error): void => void warnings.push(message)

    beforeAll(async () => {
      store = await open()
      account = await watchAccount(store.address)
      // The slow log must not explain statements meanwhile: it would wait for a connection, too.
      const bounds = { connections: CONNECTIONS, queueBurstMs: 60_000 }
      served = await serve(account.address, { bounds, slowMs: SERIES_MS })
      await fillDaily(store.address, SYMBOLS, DAYS)
      process.on('warning', onWarning)
      // All database connections exist after the first rush.
      const everybody = Array.from({ length: CONNECTIONS * 2 }, () => served.db.daily.range(ONE.input))
      await Promise.all(everybody)
      atFirst = resources()
    })
    afterAll(async () => {
      process.off('warning', onWarning)
      await served?.close()
      await account?.close()
      await store?.drop()
    })

    afterEach(async () => {
      const { admission, engine } = served.server
      const nothing = { calls: 0, bytes: 0, subscriptions: 0, heavy: 0, inUse: 0, waiting: 0 }
      const state = () => ({
        calls: admission.calls,
        bytes: admission.bytes,
        subscriptions: admission.subscriptions,
        heavy: admission.heavy.inUse + admission.heavy.waiting,
        inUse: engine.slots.inUse,
        waiting: engine.slots.waiting,
      })
      await expect.poll(state, { timeout: SETTLED_MS }).toEqual(nothing)
      await expect.poll(() => more(atFirst, resources()), { timeout: SETTLED_MS }).toEqual({})
      expect(warnings).toEqual([])
      expect(await account.connections()).toBeLessThanOrEqual(CONNECTIONS + 4)
      const frame = await served.db.daily.range({ symbols: ['000007.SZ'], fields: ['vol'] })
      expect([frame.numRows, frame.columns.vol[10]]).toEqual([DAYS, 7_010])
    })
    afterAll(() => console.log(`${left} callers left`))

    async function connected(from = '127.0.0.1'): Promise<Socket> {
      const port = Number(new URL(served.server.url).port)
      const socket = connectSocket({ port, host: '127.0.0.1', localAddress: from })
      socket.on('error', () => {})
      await once(socket, 'connect')
      return socket
    }

    /** Half of them close gracefully, the others by a reset. */
    function leave(socket: Socket): void {
      if (left++ % 2) socket.resetAndDestroy()
      else socket.destroy()
    }

    /** Runs the disconnects of one phase, and returns the milliseconds until the database is idle for each. */
    async function disconnects(phase: string, disconnect: () => Promise<void>): Promise<void> {
      const sorted = await expectIdleInTime(async () => {
        const waits: number[] = []
        while (waits.length < TIMES) {
          await disconnect()
          waits.push(await msUntilIdle(account))
        }
        return waits
      })
      const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(0)
      console.log(
        `${engine}, ${TIMES} left ${phase}: the query gone after ${at(0.5)} ms (p50), ${at(0.9)} ms (p90), ${at(1)} ms at most`,
      )
    }

    it('invariant 3: before the request is complete', async () => {
      const request = requestOf(EVERYTHING)
      await disconnects('before the request is whole', async () => {
        const socket = await connected()
        socket.write(request.slice(0, 1 + Math.floor(random() * (request.length - 1))))
        await sleep(random() * 10)
        leave(socket)
      })
    })

    it('invariant 3: before the answer has a header', async () => {
      let early = 0
      await disconnects('before the header', async () => {
        const socket = await connected()
        socket.write(requestOf(EVERYTHING))
        const bytes = counted(socket)
        await sleep(random() * 40)
        if (bytes.count === 0) early++
        leave(socket)
      })
      expect(early).toBeGreaterThan(TIMES / 2)
    })

    it('invariant 3: in the middle of the rows', async () => {
      await disconnects('in the middle of the rows', async () => {
        const socket = await connected()
        socket.write(requestOf(EVERYTHING))
        const bytes = counted(socket)
        const enough = 1 + random() * 4_000_000
        while (bytes.count < enough) await once(socket, 'data', { signal: AbortSignal.timeout(SETTLED_MS) })
        leave(socket)
      })
    })

    it('invariant 3: while the database sorts', async () => {
      let sorting = 0
      await disconnects('while the database sorts', async () => {
        const socket = await connected()
        const bytes = counted(socket)
        socket.write(requestOf(SORT))
        const startedAt = performance.now()
        const late = (): boolean => performance.now() - startedAt > SETTLED_MS
        while ((await account.running()).length === 0 && bytes.count === 0 && !late()) await sleep(2)
        if (bytes.count === 0) sorting++
        leave(socket)
      })
      expect(sorting).toBeGreaterThan(TIMES / 2)
    })

    it('invariant 3: from a subscription', async () => {
      const { admission } = served.server
      const waits: number[] = []
      let begun = 0
      while (waits.length < TIMES) {
        const socket = await connected()
        const bytes = counted(socket)
        socket.write('GET /trpc/ops.watch HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n')
        await expect.poll(() => admission.subscriptions, { timeout: SETTLED_MS, interval: 1 }).toBe(1)
        // Before its first event, after it, and some in the middle of a subscription.
        await sleep(random() * (waits.length % 8 ? 20 : 1_200))
        if (bytes.count > 0) begun++
        const leftAt = performance.now()
        leave(socket)
        await expect.poll(() => admission.subscriptions, { timeout: SETTLED_MS, interval: 1 }).toBe(0)
        waits.push(performance.now() - leftAt)
      }
      const sorted = waits.toSorted((a, b) => a - b)
      console.log(
        `${engine}, ${TIMES} left a subscription: gone after ${sorted[Math.floor(TIMES / 2)]?.toFixed(0)} ms (p50), ${sorted.at(-1)?.toFixed(0)} ms at most`,
      )
      expect(begun).toBeGreaterThan(0)
    })

    it('invariant 3: while they wait for a connection', async () => {
      // Stalled readers hold all connections: those for heavy calls, and the one reserved for light ones.
      // Several callers, because one cannot take all places.
      const holders = await Promise.all(
        Array.from({ length: CONNECTIONS }, (_, index) => connected(`127.0.0.${index + 1}`)),
      )
      onTestFinished(() => {
        for (const holder of holders) holder.destroy()
      })
      for (const [index, holder] of holders.entries()) {
        holder.pause()
        holder.write(requestOf(index === 0 ? LONG_BUT_LIGHT : EVERYTHING))
      }
      const { slots } = served.server.engine
      const { heavy } = served.server.admission
      await expect.poll(() => slots.inUse, { timeout: SETTLED_MS }).toBe(CONNECTIONS)
      const waiting: Socket[] = []
      for (let time = 0; time < TIMES; time++) {
        const socket = await connected()
        socket.write(requestOf(time % 2 ? EVERYTHING : ONE))
        waiting.push(socket)
      }
      // The light call, blocked by its reader, also needs a place after a while.
      await expect.poll(() => heavy.waiting, { timeout: SETTLED_MS }).toBeGreaterThanOrEqual(TIMES / 2)
      await expect.poll(() => slots.waiting, { timeout: SETTLED_MS }).toBeGreaterThanOrEqual(TIMES / 2)
      const startedAt = performance.now()
      for (const socket of waiting) leave(socket)
      // A refresh of the calendar may be due; it serves all callers and does not end with one.
      const theirs = (): number => Math.max(0, heavy.waiting - 1) + Math.max(0, slots.waiting - 1)
      await expect.poll(theirs, { timeout: SETTLED_MS, interval: 5 }).toBe(0)
      const emptyMs = performance.now() - startedAt
      console.log(`${engine}, ${TIMES} left in the queue: empty after ${emptyMs.toFixed(0)} ms`)
      for (const holder of holders) leave(holder)
      await msUntilIdle(account)
    })
  },
)
