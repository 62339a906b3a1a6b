import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Tushare, tushare } from '@stockdb/contract'
import { ARROW_STREAM } from '@stockdb/contract/wire'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { capturedLog } from '../support/captured-log.ts'
import { type Served, serve } from '../support/serve.ts'
import { type Store, sqliteMaker } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const ROWS = 90_000
const { log, lines } = capturedLog()

let store: Store
let served: Served<Tushare>

beforeAll(async () => {
  store = await sqliteMaker.open()
  served = await serve(store.address, { log, slowMs: 60_000 })
  const rows = Array.from({ length: ROWS }, (_, index) => [
    `S${index % 7}`,
    new Date(index * 86_400_000).toISOString().slice(0, 10),
    index,
  ])
  await writeRows(served.server.engine, tushare.adj_factor, rows)
})
afterAll(async () => {
  await served?.close()
  await store?.drop()
})
beforeEach(() => void lines.splice(0))

async function open(): Promise<Socket> {
  const socket = connect(Number(new URL(served.server.url).port), '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

const leave: Record<string, (socket: Socket) => void> = {
  gracefully: (socket) => void socket.destroy(),
  'by a reset': (socket) => void socket.resetAndDestroy(),
}
const head = (method: string, accept: string, more = ''): string =>
  `${method} /trpc/adj_factor.range?${method === 'GET' ? 'input=%7B%22limit%22:90000%7D' : ''} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: ${accept}\r\n${more}\r\n`
const BODY = 'Content-Type: application/json\r\nContent-Length: 100\r\n'

const cases = Object.keys(leave).flatMap((how) =>
  ['application/json', ARROW_STREAM].flatMap((accept) => [
    { how, what: 'in the middle of a body', accept, begin: `${head('POST', accept, BODY)}{"symbols": [` },
    { how, what: 'as soon as the request is sent', accept, begin: head('GET', accept) },
    { how, what: 'in the middle of an answer', accept, begin: head('GET', accept), read: true },
  ]),
)

it.each(cases)(
  'a caller that disconnects $how $what ($accept) is not a failure of the server',
  async ({ how, begin, read }) => {
    const socket = await open()
    socket.write(begin)
    if (read) {
      await once(socket, 'data')
      socket.pause()
    } else await sleep(20)
    leave[how]?.(socket)
    await expect.poll(() => lines.filter(({ msg }) => msg === 'call').length, { timeout: 5_000 }).toBe(1)
    expect(lines.find(({ msg }) => msg === 'call')?.outcome).toMatch(/^(CANCELLED|ok)$/)
    expect(lines.filter(({ level }) => Number(level) >= 40)).toEqual([])
    expect(served.server.admission).toMatchObject({ calls: 0, bytes: 0 })
  },
)
