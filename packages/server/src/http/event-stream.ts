import type { ServerResponse } from 'node:http'
import { EVENT_STREAM, signsOfLife } from '@stockdb/contract/wire'
import type { EventSink } from '../api/event-sink.ts'
import { onBehalfOf, type RunningCall } from '../telemetry/running-call.ts'
import { NO_STORE } from './counted-response.ts'

/** Bytes that may wait for a reader. A reader who stalls holds these and one event at most. */
const ROOM_BYTES = 16 * 1024

const HEADERS = {
  'content-type': EVENT_STREAM,
  'cache-control': `${NO_STORE}, no-transform`,
  // Proxies of the nginx kind keep an answer back until it is long.
  'x-accel-buffering': 'no',
} as const

/** What tRPC's client expects first: after how much silence it should connect again. */
const CONNECTED = named('connected', JSON.stringify({ reconnectAfterInactivityMs: signsOfLife.silentMs }))
const PING = named('ping', '')
const RETURN = named('return', '')

/** The bytes of events, which are the same for all listeners to the same one. */
const encoded = new WeakMap<object, Buffer>()

/** Writes server-sent events in the form of tRPC, and a ping when there are none. */
export class EventStream implements EventSink {
  readonly #res: ServerResponse
  readonly #call: RunningCall
  readonly #ping: NodeJS.Timeout
  #onRoom: () => void = () => {}
  readonly #flushed = (error?: Error | null): void => {
    if (!error) onBehalfOf(this.#call, this.#onRoom)
  }

  constructor(res: ServerResponse, call: RunningCall) {
    this.#res = res
    this.#call = call
    res.writeHead(200, HEADERS)
    res.write(CONNECTED)
    this.#ping = setInterval(() => this.#sendPing(), signsOfLife.pingMs)
    res.on('close', () => clearInterval(this.#ping))
  }

  send(id: string, event: object): boolean {
    const res = this.#res
    // Its caller has left: the subscription is about to end.
    if (res.destroyed || res.writableEnded) return true
    const bytes = bytesOf(id, event)
    this.#ping.refresh()
    const room = res.writableLength + bytes.length < ROOM_BYTES
    res.write(bytes, room ? undefined : this.#flushed)
    return room
  }

  onRoom(act: () => void): void {
    this.#onRoom = act
  }

  /** Says that there are no more events. */
  end(): void {
    this.#finish(RETURN)
  }

  /** Ends with an error in tRPC's shape. */
  fail(shape: object): void {
    this.#finish(named('serialized-error', JSON.stringify(shape)))
  }

  #sendPing(): void {
    if (this.#res.writableLength < ROOM_BYTES) this.#res.write(PING)
  }

  #finish(bytes: Buffer): void {
    clearInterval(this.#ping)
    if (!this.#res.destroyed && !this.#res.writableEnded) this.#res.end(bytes)
  }
}

function bytesOf(id: string, event: object): Buffer {
  const known = encoded.get(event)
  if (known) return known
  const bytes = Buffer.from(`data: ${JSON.stringify(event)}\nid: ${id}\n\n`)
  encoded.set(event, bytes)
  return bytes
}

function named(event: string, data: string): Buffer {
  return Buffer.from(`event: ${event}\ndata: ${data}\n\n`)
}
