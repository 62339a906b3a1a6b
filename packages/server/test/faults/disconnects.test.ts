import { once } from 'node:events'
import { connect as connectSocket, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ARROW_STREAM, type Tushare } from '@stockdb/contract'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { fillDaily } from '../support/fill-daily.ts'
import { expectGone, msUntilGone } from '../support/gone.ts'
import { type Watcher, watchAccount } from '../support/process-list.ts'
import { randomFrom } from '../support/random.ts'
import { times } from '../support/scale.ts'
import { type Served, serve } from '../support/serve.ts'
import { mysqlMakers, type Store } from '../support/stores.ts'

const SYMBOLS = 300
const DAYS = 1_000
const CONNECTIONS = 4
/** In each of the five phases of a call. */
const TIMES = times(8, 200)
const SERIES_MS = times(60_000, 600_000)
const SETTLED_MS = 5_000
const EVERYTHING = { path: 'daily.range', input: {} }
const ONE = { path: 'daily.range', input: { symbols: ['000007.SZ'] } }

const identifier = (name: string) => ({ kind: 'IdentifierNode', name })
const reference = (name: string) => ({
  kind: 'ReferenceNode',
  column: { kind: 'ColumnNode', column: identifier(name) },
})
/** Sorts all rows, by what no index is ordered by, before the first can be given. */
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

interface Question {
  readonly path: string
  readonly input: object
}

const requestOf = ({ path, input }: Question): string => {
  const body = JSON.stringify(input)
  const head = `POST /trpc/${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: ${ARROW_STREAM}\r\nContent-Type: application/json\r\n`
  return `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

describe.each(mysqlMakers)(`${5 * TIMES} callers who leave, on $engine`, { timeout: SERIES_MS }, ({ open }) => {
  let store: Store
  let account: Watcher
  let served: Served<Tushare>
  let left = 0
  const random = randomFrom(5)

  beforeAll(async () => {
    store = await open()
    account = await watchAccount(store.address)
    served = await serve(account.address, { bounds: { connections: CONNECTIONS, queueBurstMs: 60_000 } })
    await fillDaily(store.address, SYMBOLS, DAYS)
  })
  afterAll(async () => {
    await served?.close()
    await account?.close()
    await store?.drop()
  })

  /** Sockets of this process, those of the server and of its pool among them. */
  const sockets = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap' || name === 'TCPServerWrap').length

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
    // The pool's, those that kill, the watcher's, and the client's own.
    await expect.poll(sockets, { timeout: SETTLED_MS }).toBeLessThan(CONNECTIONS + 16)
    expect(await account.connections()).toBeLessThanOrEqual(CONNECTIONS + 4)
    const frame = await served.db.daily.range({ symbols: ['000007.SZ'], fields: ['vol'] })
    expect([frame.numRows, frame.columns.vol[10]]).toEqual([DAYS, 7_010])
  })
  afterAll(() => console.log(`${left} callers left`))

  async function connected(): Promise<Socket> {
    const socket = connectSocket(Number(new URL(served.server.url).port), '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket
  }

  /** Every other one in good order, the others by a reset. */
  function leave(socket: Socket): void {
    if (left++ % 2) socket.resetAndDestroy()
    else socket.destroy()
  }

  /** As many as there are to leave in a phase, each with the milliseconds until the database has nothing to do. */
  const departures = (depart: () => Promise<void>): Promise<void> =>
    expectGone(async () => {
      const waits: number[] = []
      while (waits.length < TIMES) {
        await depart()
        waits.push(await msUntilGone(account))
      }
      return waits
    })

  it('invariant 3: before the request is whole', async () => {
    const request = requestOf(EVERYTHING)
    await departures(async () => {
      const socket = await connected()
      socket.write(request.slice(0, 1 + Math.floor(random() * (request.length - 1))))
      await sleep(random() * 10)
      leave(socket)
    })
  })

  it('invariant 3: before the answer has a header', async () => {
    await departures(async () => {
      const socket = await connected()
      socket.write(requestOf(EVERYTHING))
      await sleep(random() * 6)
      leave(socket)
    })
  })

  it('invariant 3: in the middle of the rows', async () => {
    await departures(async () => {
      const socket = await connected()
      socket.write(requestOf(EVERYTHING))
      let bytes = 0
      const enough = 1 + random() * 4_000_000
      for await (const chunk of socket) {
        bytes += chunk.length
        if (bytes > enough) break
      }
      expect(bytes).toBeGreaterThan(enough)
      leave(socket)
    })
  })

  it('invariant 3: while the database sorts', async () => {
    let sorting = 0
    await departures(async () => {
      const socket = await connected()
      let bytes = 0
      socket.on('data', (chunk) => {
        bytes += chunk.length
      })
      socket.write(requestOf(SORT))
      const startedAt = performance.now()
      while ((await account.running()).length === 0 && bytes === 0 && performance.now() - startedAt < SETTLED_MS)
        await sleep(2)
      if (bytes === 0) sorting++
      leave(socket)
    })
    expect(sorting).toBeGreaterThan(TIMES / 2)
  })

  it('invariant 3: while they wait for a connection', async () => {
    // Readers who take nothing hold all connections.
    const holders = await Promise.all(Array.from({ length: CONNECTIONS }, connected))
    for (const [index, holder] of holders.entries()) {
      holder.pause()
      holder.write(requestOf({ path: 'daily.range', input: { start: `2000-01-0${index + 1}` } }))
    }
    const { slots } = served.server.engine
    const { heavy } = served.server.admission
    const waiting = (): number => slots.waiting + heavy.waiting
    await expect.poll(() => heavy.inUse + heavy.waiting, { timeout: SETTLED_MS }).toBe(CONNECTIONS)
    await expect.poll(() => slots.inUse, { timeout: SETTLED_MS }).toBe(CONNECTIONS - 1)
    const before = waiting()
    const queued: Socket[] = []
    for (let time = 0; time < TIMES; time++) {
      const socket = await connected()
      // One connection is left to light calls; the others among these wait behind the heavy ones.
      socket.write(requestOf(time % 4 ? EVERYTHING : ONE))
      queued.push(socket)
    }
    await expect.poll(waiting, { timeout: SETTLED_MS }).toBeGreaterThan(before + TIMES / 2)
    for (const socket of queued) leave(socket)
    await expect.poll(waiting, { timeout: SETTLED_MS }).toBe(before)
    for (const holder of holders) leave(holder)
    await msUntilGone(account)
  })
})
