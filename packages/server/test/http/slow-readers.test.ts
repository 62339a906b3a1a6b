import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Tushare } from '@stockdb/contract'
import { ARROW_STREAM } from '@stockdb/contract/wire'
import type { Bounds } from '@stockdb/server'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { capturedLog } from '../support/captured-log.ts'
import { fillDaily } from '../support/fill-daily.ts'
import { type Served, serve } from '../support/serve.ts'
import { mysqlMakers, type Store } from '../support/stores.ts'

const KB = 2 ** 10
const SYMBOLS = 300
const DAYS = 1_000
/** A minimum rate above that of slow readers, and a short window. */
const STRICT = { minReadBytes: 256 * KB, readWindowMs: 600, heavyRows: 1_000 }
const pathOf = (input: object): string => `/trpc/daily.range?input=${encodeURIComponent(JSON.stringify(input))}`

/** Reads `bytes` every `ms`, until the end. */
class SlowReader {
  taken = 0
  readonly socket: Socket
  readonly #timer: NodeJS.Timeout

  constructor(url: string, input: object, accept: string, bytes: number, ms: number, from = '127.0.0.1') {
    this.socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress: from })
    this.socket.on('error', () => {})
    this.socket.on('end', () => this.socket.destroy())
    this.socket.write(`GET ${pathOf(input)} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: ${accept}\r\n\r\n`)
    this.#timer = setInterval(() => {
      const chunk: Buffer | null = this.socket.read(bytes) ?? this.socket.read()
      this.taken += chunk?.length ?? 0
    }, ms)
    onTestFinished(() => this.leave())
  }

  leave(): void {
    clearInterval(this.#timer)
    this.socket.destroy()
  }
}

describe.each(mysqlMakers.slice(0, 1))('invariant 9: slow readers, on $engine', ({ open }) => {
  let store: Store

  beforeAll(async () => {
    store = await open()
    const served = await serve(store.address)
    await served.close()
    await fillDaily(store.address, SYMBOLS, DAYS)
  })
  afterAll(() => store?.drop())

  async function served(bounds: Partial<Bounds>): Promise<Served<Tushare> & { outcomes: () => unknown[] }> {
    const { log, lines } = capturedLog()
    const one = await serve(store.address, { log, slowMs: 600_000, bounds: { ...bounds, drainTimeoutMs: 0 } })
    onTestFinished(() => one.close())
    const outcomes = () =>
      lines.flatMap(({ msg, path, outcome }) => (msg === 'call' && path === 'daily.range' ? [outcome] : []))
    return { ...one, outcomes }
  }

  /** Total bytes of an answer to a fast reader. */
  const read = (one: Served<Tushare>, input: object, from: string): Promise<{ status?: number; bytes: number }> =>
    new Promise((resolve, reject) => {
      const options = { localAddress: from, agent: false as const, headers: { accept: ARROW_STREAM } }
      const req = request(`${one.server.url}${pathOf(input)}`, options, (res) => {
        let bytes = 0
        res.on('data', (chunk: Buffer) => {
          bytes += chunk.length
        })
        res.on('end', () => resolve({ ...(res.statusCode ? { status: res.statusCode } : {}), bytes }))
      })
      req.on('error', reject).end()
    })

  it('one caller cannot hold all places: a heavy call of another is answered beside almost stalled readers', async () => {
    const one = await served({ connections: 5, maxHeavyCalls: 3, minReadBytes: 0 })
    for (let reader = 0; reader < 3; reader++) new SlowReader(one.server.url, {}, ARROW_STREAM, 4 * KB, 200)
    await expect.poll(() => [one.server.admission.heavy.inUse, one.server.admission.heavy.waiting]).toEqual([2, 1])
    for (let round = 0; round < 2; round++) {
      const { status, bytes } = await read(one, {}, '127.0.0.2')
      expect([status, bytes > SYMBOLS * DAYS * 70]).toEqual([200, true])
    }
  })

  it('light answers that block the database count as heavy, and leave a connection to others', async () => {
    const one = await served({ connections: 4, maxHeavyCalls: 2, queueWaitMs: 500, minReadBytes: 0 })
    // Fewer rows than a heavy call, and more bytes than sockets hold.
    for (let reader = 0; reader < 4; reader++)
      new SlowReader(one.server.url, { limit: 199_000 }, ARROW_STREAM, 4 * KB, 200)
    await expect.poll(() => one.server.engine.slots.inUse).toBe(4)
    await expect.poll(one.outcomes, { timeout: 20_000 }).toEqual(['OVERLOADED', 'OVERLOADED', 'OVERLOADED'])
    expect([one.server.admission.heavy.inUse, one.server.engine.slots.inUse]).toEqual([1, 1])
    expect((await read(one, { symbols: ['000001.SZ'] }, '127.0.0.2')).status).toBe(200)
  })

  it.each([
    ['in JSON', 'application/json', { limit: 100_000 }],
    ['in Arrow, as one answer', ARROW_STREAM, { limit: 65_000 }],
    ['in Arrow, batch by batch', ARROW_STREAM, {}],
  ])('a trickling reader of an answer %s is aborted and releases everything', async (_, accept, input) => {
    const one = await served(STRICT)
    const reader = new SlowReader(one.server.url, input, accept, 4 * KB, 50)
    await expect.poll(() => one.server.admission.heavy.inUse).toBe(1)
    await expect.poll(one.outcomes, { timeout: 20_000 }).toEqual(['STALLED'])
    const { calls, bytes, heavy } = one.server.admission
    expect([calls, bytes, heavy.inUse]).toEqual([0, 0, 0])
    expect(reader.taken).toBeLessThan(2_000 * KB)
  })

  it('a fast enough reader is not aborted, and none with the limit 0', async () => {
    // The kernel reports reads in steps of a megabyte and more: a shorter window would see none.
    const one = await served({ ...STRICT, minReadBytes: 64 * KB, readWindowMs: 2_500 })
    const reader = new SlowReader(one.server.url, {}, ARROW_STREAM, 128 * KB, 100)
    await sleep(4_000)
    expect(reader.socket.destroyed).toBe(false)
    expect(one.outcomes()).toEqual([])
    const lax = await served({ ...STRICT, minReadBytes: 0 })
    const slow = new SlowReader(lax.server.url, {}, ARROW_STREAM, KB, 100)
    await sleep(2_000)
    expect(slow.socket.destroyed).toBe(false)
    expect(lax.outcomes()).toEqual([])
  })
})
