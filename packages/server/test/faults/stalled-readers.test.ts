import { connect as connectSocket, type Socket } from 'node:net'
import { connect } from '@stockdb/client'
import { ARROW_STREAM } from '@stockdb/contract/wire'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Crowd, type Reply } from '../support/crowd.ts'
import { fillDaily } from '../support/fill-daily.ts'
import { msUntilIdle } from '../support/idle-database.ts'
import { type Watcher, watchAccount } from '../support/process-list.ts'
import { runProgram, startServing } from '../support/program.ts'
import { residentBytes } from '../support/resident-bytes.ts'
import { times } from '../support/scale.ts'
import { mysqlMakers, type Store } from '../support/stores.ts'

const READERS = times(10, 50)
/** More than socket buffers hold, so that a stream cannot finish before its reader stalls. */
const DAYS = times(400, 1_000)
const ROWS = 1_000 * DAYS
const QUEUE_WAIT_MS = times(2_000, 10_000)
const WARM_UP_MS = times(1_000, 5_000)
const QUIET_MS = times(2_000, 20_000)
/** All readers have arrived this long after each has a header, of an answer or of a refusal. */
const SETTLING_MS = 2_000
const SETTLED_MS = 60_000
const STALLED_MS = times(2_000, 20_000)
const TIMEOUT_MS = times(120_000, 300_000)
const RATE = 50
const WINDOW = 100
const MB = 2 ** 20
/** A stream holds two batches of 16,384 rows × 11 columns of 8 bytes, plus one being sent. */
const STREAM_BYTES = 4 * MB
const SLACK_BYTES = 48 * MB
/** Tolerance for callers on a busy machine, which may be late in their own processes. */
const BUSY_MS = 3_000

/** Options of the server, so that all readers can stream. */
const ROOM_FOR_ALL = `--connections ${READERS + 10} --max-heavy-calls ${READERS + 1} --max-bytes-in-flight 1GB --max-bytes-in-flight-per-caller 1GB --max-memory 4GB --kill-memory 8GB`

const percentile = (replies: readonly Reply[], share: number): number =>
  replies.map(({ ms }) => ms).toSorted((a, b) => a - b)[Math.floor((replies.length - 1) * share)] ?? Number.NaN

/** The median over windows of 100 calls, so that a single delay by another process does not matter. */
function usualP99(replies: readonly Reply[]): number {
  const windows = Array.from({ length: Math.max(1, Math.floor(replies.length / WINDOW)) }, (_, index) =>
    percentile(replies.slice(index * WINDOW, (index + 1) * WINDOW), 0.99),
  )
  return windows.toSorted((a, b) => a - b)[Math.floor((windows.length - 1) / 2)] ?? Number.NaN
}

const latencies = (replies: readonly Reply[]): string =>
  `p50 ${percentile(replies, 0.5).toFixed(1)} ms, p99 ${percentile(replies, 0.99).toFixed(1)} ms, of 100 calls ${usualP99(replies).toFixed(1)} ms as a rule`

/** Requests everything, reads the header, and then nothing more. */
class StalledReader {
  status: number | undefined
  readonly #socket: Socket

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.#socket = connectSocket(Number(port), hostname)
    this.#socket.on('error', () => {})
    this.#socket.once('data', (chunk: Buffer) => {
      this.#socket.pause()
      this.status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(chunk.toString('latin1'))?.[1])
    })
    this.#socket.write(
      `GET /trpc/daily.range?input=%7B%7D HTTP/1.1\r\nHost: ${hostname}\r\nAccept: ${ARROW_STREAM}\r\n\r\n`,
    )
  }

  leave(): void {
    this.#socket.destroy()
  }
}

const makers = mysqlMakers.slice(0, times(1, mysqlMakers.length))

describe.each(makers)(`${READERS} stalled readers of ${ROWS} rows, on $engine`, ({ engine, open }) => {
  let store: Store
  let account: Watcher

  beforeAll(async () => {
    store = await open()
    await runProgram(['migrate', '--database', store.address])
    await fillDaily(store.address, 1_000, DAYS)
    account = await watchAccount(store.address)
  }, TIMEOUT_MS)
  afterAll(async () => {
    await account?.close()
    await store?.drop()
  })

  it.each([
    // One of six places is reserved for another caller.
    { places: 5, who: 'the few with a place', flags: '' },
    { places: READERS, who: 'all of them, with room for all,', flags: ROOM_FOR_ALL },
  ])(
    'invariants 1 and 9: $who hold two batches each, the others are refused with Retry-After, and point calls go on',
    {
      timeout: TIMEOUT_MS,
    },
    async ({ places, flags }) => {
      const program = await startServing([
        ...['--database', account.address, '--log-level', 'silent'],
        ...`--queue-wait ${QUEUE_WAIT_MS}ms --max-loop-delay 10s ${flags}`.trim().split(' '),
      ])
      onTestFinished(async () => {
        program.child.kill('SIGKILL')
        await program.ended
      })
      const db = await connect(program.url)
      const crowd = new Crowd(program.url, (call) => ({
        path: 'daily.range',
        input: { symbols: [`000${String(call % 1_000).padStart(3, '0')}.SZ`], end: '2000-03-04' },
      }))
      onTestFinished(() => crowd.close())
      // Warm-up: the heap reaches its size with the first answers.
      for (let round = 0; round < 2; round++) {
        for await (const batch of db.daily.stream({ limit: 200_000 })) expect(batch.numRows).toBeGreaterThan(0)
      }
      await crowd.rush(4, WARM_UP_MS)
      const quiet = await crowd.drizzle(RATE, QUIET_MS)

      const resident = (): number => residentBytes(program.child.pid ?? 0)
      const before = resident()
      let most = before
      const looking = setInterval(() => {
        most = Math.max(most, resident())
      }, 50)
      onTestFinished(() => clearInterval(looking))
      const readers = Array.from({ length: READERS }, () => new StalledReader(program.url))
      onTestFinished(() => {
        for (const reader of readers) reader.leave()
      })
      const settling: Reply[] = []
      const late = performance.now() + SETTLED_MS
      for (let come = false; !come && performance.now() < late; ) {
        come = readers.every(({ status }) => status !== undefined)
        settling.push(...(await crowd.drizzle(RATE, SETTLING_MS)))
      }
      const beside = await crowd.drizzle(RATE, STALLED_MS)

      const answered = (status: number): number => readers.filter((reader) => reader.status === status).length
      const more = most - before
      const mb = (bytes: number): string => `${(bytes / MB).toFixed(0)} MB`
      console.log(
        [
          `${engine}, ${answered(200)} readers stall, ${answered(503)} were told to come again`,
          `resident memory ${mb(before)}, then ${mb(most)} at most: ${(more / places / MB).toFixed(1)} MB a stream`,
          `point calls before: ${latencies(quiet)}; as the readers come: ${latencies(settling)}; beside them: ${latencies(beside)}`,
          `p99 of 100 calls beside them ${(usualP99(beside) / usualP99(quiet)).toFixed(2)} times that before   target ≤ 2`,
        ].join('\n  '),
      )
      expect([answered(200), answered(503)]).toEqual([places, READERS - places])
      expect(more).toBeLessThan(places * STREAM_BYTES + SLACK_BYTES)
      // The rest of one stream may fit into the buffers of its two connections, but not that of all.
      expect((await account.running()).length).toBeGreaterThan(places / 2)
      expect(beside.filter(({ kind }) => kind === 'failed')).toEqual([])
      expect(beside.filter(({ kind }) => kind === 'served').length).toBeGreaterThan(0.9 * beside.length)
      expect(usualP99(beside)).toBeLessThan(Math.max(BUSY_MS, 2 * usualP99(quiet)))

      for (const reader of readers) reader.leave()
      await msUntilIdle(account)
      let rows = 0
      for await (const batch of db.daily.stream()) rows += batch.numRows
      expect(rows).toBe(ROWS)
    },
  )
})
