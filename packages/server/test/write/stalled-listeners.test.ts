import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect as connectSocket, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { connect, type Tushare } from '@stockdb/client'
import { expect, it, onTestFinished } from 'vitest'
import { engineOf, engines } from '../support/engines.ts'
import { runProgram } from '../support/program.ts'
import { oneOfEachEngine, sharedMakers } from '../support/stores.ts'

const STALLED = 50
/** Those that read again at the end. */
const READING = 5
const KB = 1_024
/**
 * What the server's memory may grow by for each stalled listener, with its part of what all share: the last changes, and code. That is
 * 60 to 150 KB here, and the bench measures it without; held events would be 5 MB.
 */
const MAX_BYTES = 600 * KB
/** Symbols of one change; its event has 8 KB, and a socket takes 4 MB before its reader stalls. */
const SYMBOLS = Array.from({ length: 500 }, (_, n) => `S${1_000_000_000 + n}`)
const [WARM_UP, CHANGES, AT_ONCE] = [100, 800, 100]
const HEARD_MS = 90_000
const POLL = { timeout: 30_000, interval: 500 }

const measuredServer = fileURLToPath(new URL('../fixtures/measured-server.ts', import.meta.url))

/** A server in a process of its own, whose memory can be measured after a garbage collection. */
async function startMeasured(address: string): Promise<{ url: string; bytes: () => Promise<number> }> {
  const child = fork(measuredServer, [address], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  return {
    url,
    bytes: async () => {
      child.send('sample')
      const [{ heapUsed, external }] = (await once(child, 'message')) as [NodeJS.MemoryUsage]
      return heapUsed + external
    },
  }
}

/** A listener to all symbols but one of its own, so that no two have the same events; it reads when it is told to. */
async function stalledListener(url: string, number: number): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const input = JSON.stringify({ symbols: SYMBOLS.filter((_, at) => at !== number), since: 0 })
  const socket = connectSocket(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  socket.pause()
  const path = '/trpc/adj_factor.watch'
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${input.length}\r\n\r\n${input}`,
  )
  return socket
}

/** The ids of the events that a listener gets once it reads, without the first, which is no change. */
function idsOf(socket: Socket): number[] {
  const ids: number[] = []
  let rest = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('id: ')) ids.push(Number(line.slice('id: '.length)))
  })
  socket.resume()
  return ids
}

// Writers are another process than the server, which a file of DuckDB does not let in.
it.each(oneOfEachEngine.filter((maker) => sharedMakers.includes(maker)))(
  'invariant 1: a stalled listener on $engine holds no events, and hears all of them in order once it reads',
  async ({ open }) => {
    const store = await open()
    onTestFinished(() => store.drop())
    expect((await runProgram(['migrate', '--database', store.address])).code).toBe(0)
    const server = await startMeasured(store.address)
    const db = await connect<Tushare>(server.url)
    await db.adj_factor.upsert([{ ts_code: 'A', trade_date: '2024-01-02', adj_factor: 1 }])
    let last = 1
    let heard = 0
    const live = db.adj_factor.watch({ since: last })
    void (async () => {
      for await (const { sequence } of live) heard = sequence
    })()
    onTestFinished(() => void live.return())
    /** Records changes as writers would, and waits until the listener that reads has heard them. */
    const change = async (count: number): Promise<void> => {
      const { run } = engines[engineOf(store.address)]
      const values = Array.from({ length: count }, (_, n) => {
        const about = `${last + 1 + n}, 'adj_factor', '2024-01-02', '2024-01-02', '${JSON.stringify(SYMBOLS)}'`
        return `(${about}, 0, 1, 0, 0, 'test', '2024-01-02 00:00:00')`
      })
      last += count
      await run(store.address, [
        `update stockdb_sequence set last = ${last}`,
        `insert into stockdb_changes (sequence, dataset, first_date, last_date, symbols, inserted, changed, unchanged, deleted, written_by, written_at) values ${values}`,
        'select 1',
      ])
      await expect.poll(() => heard, { timeout: HEARD_MS }).toBe(last)
    }
    const changes = async (count: number): Promise<void> => {
      for (let made = 0; made < count; made += AT_ONCE) await change(AT_ONCE)
    }
    await changes(WARM_UP)
    const before = await server.bytes()
    const listeners = await Promise.all(Array.from({ length: STALLED }, (_, n) => stalledListener(server.url, n)))
    await changes(WARM_UP + CHANGES)
    // A page that is just being read is memory for a moment.
    await expect.poll(async () => ((await server.bytes()) - before) / STALLED, POLL).toBeLessThan(MAX_BYTES)
    const ids = listeners.slice(0, READING).map(idsOf)
    await expect.poll(() => ids.map((all) => all.at(-1)), { timeout: HEARD_MS }).toEqual(ids.map(() => last))
    await changes(AT_ONCE)
    await expect.poll(() => ids.map((all) => all.at(-1)), { timeout: HEARD_MS }).toEqual(ids.map(() => last))
    // The first one says from where on it listens; the first change is about another symbol.
    for (const all of ids) expect(all).toEqual([0, ...Array.from({ length: last - 1 }, (_, n) => n + 2)])
  },
  300_000,
)
