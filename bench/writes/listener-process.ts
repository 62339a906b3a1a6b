/**
 * Subscribers in a process of their own, so that their reading costs the measured server nothing but its share of the machine.
 * `listeners.ts` starts it, and tells it what to open.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

/** What the process is asked. */
export type ListenerRequest =
  | { readonly open: number; readonly path: string; readonly port: number; readonly reads: boolean }
  | { readonly collect: true }

/** What it heard since it was asked before, and what that took. */
export interface Heard {
  readonly delays: readonly number[]
  /** Its processor time, as a share of one core. */
  readonly busy: number
  /** The delay of its own event loop, which is part of the measured ones. */
  readonly loopP99Ms: number
}

/** When a change was recorded, just before its commit, in UTC, such as `"at":"2024-01-02 03:04:05.678"`. */
const AT = Buffer.from('"at":"2')
const TIME_AT = 6
const TIME_LENGTH = 23
/** One event, whose JSON may come in several chunks, ends with an empty line. */
const KEPT = TIME_AT + TIME_LENGTH
const [AT_ONCE, TRIES, RETRY_MS] = [10, 50, 200]

const open: Socket[] = []
let delays: number[] = []
const loop = monitorEventLoopDelay({ resolution: 5 })
loop.enable()
let cpu = process.cpuUsage()
let since = performance.now()

process.on('message', (request: ListenerRequest) => {
  void ('collect' in request ? collect() : openAll(request))
})
process.on('disconnect', () => process.exit())

async function openAll({ open: count, path, port, reads }: Extract<ListenerRequest, { open: number }>): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - from) }, () => subscribe(port, path, reads)))
  process.send?.({ opened: count })
}

/** Opens a subscription; the server refuses some while many come at once, and clients then try again. */
async function subscribe(port: number, path: string, reads: boolean): Promise<void> {
  for (let tried = 1; ; tried++) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\n\r\n`)
    const [head] = (await once(socket, 'data')) as [Buffer]
    if (head.toString('latin1', 0, 12) === 'HTTP/1.1 200') {
      open.push(socket)
      if (reads) listen(socket)
      else socket.pause()
      return
    }
    socket.destroy()
    if (tried === TRIES)
      throw new Error(`a subscription was refused ${TRIES} times: ${head.toString('latin1', 0, 200)}`)
    await sleep(RETRY_MS)
  }
}

function listen(socket: Socket): void {
  let rest = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    const text = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    const now = Date.now()
    let from = 0
    for (let at = text.indexOf(AT); at >= 0; at = text.indexOf(AT, from)) {
      if (at + KEPT > text.length) break
      delays.push(now - Date.parse(`${text.toString('latin1', at + TIME_AT, at + KEPT).replace(' ', 'T')}Z`))
      from = at + KEPT
    }
    rest = Buffer.from(text.subarray(Math.max(from, text.length - KEPT)))
  })
}

function collect(): void {
  const { user, system } = process.cpuUsage(cpu)
  const heard: Heard = {
    delays,
    busy: (user + system) / 1_000 / (performance.now() - since),
    loopP99Ms: loop.percentile(99) / 1e6,
  }
  delays = []
  loop.reset()
  cpu = process.cpuUsage()
  since = performance.now()
  process.send?.(heard)
}
