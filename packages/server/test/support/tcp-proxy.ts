import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** How a connection is cut: gracefully, which looks like a normal end, or by a reset. */
export type Cut = 'end' | 'reset'

/** A loopback TCP proxy that counts bytes from its target, and can simulate bad networks. */
export interface TcpProxy {
  readonly port: number
  /** Bytes that came back from the target since the last `reset` or `cutAfter`. */
  readonly bytes: number
  /** Open connections from callers. */
  readonly connections: number
  /** Cuts every connection after this many more bytes; later ones are dropped. */
  cutAfter(bytes: number, how: Cut): void
  /** Adds latency in each direction. */
  delay(ms: number): void
  /** Stops reading and forwarding in both directions; false resumes. */
  stall(stalled: boolean): void
  /** Forwards this many bytes per packet; `Infinity` forwards them as received. */
  slice(bytes: number): void
  /** Resets the count and cuts nothing. */
  reset(): void
  /** Sets the target of new connections. */
  lead(toPort: number): void
  /** Resolves when the target has been silent for this many milliseconds. */
  quiet(ms: number): Promise<void>
  close(): Promise<void>
}

export async function startTcpProxy(firstPort: number): Promise<TcpProxy> {
  const open = new Set<Socket>()
  let targetPort = firstPort
  let bytes = 0
  let limit = Number.POSITIVE_INFINITY
  let how: Cut = 'end'
  let delayMs = 0
  let stalled = false
  let sliceBytes = Number.POSITIVE_INFINITY
  const cut = (): void => {
    limit = Number.POSITIVE_INFINITY
    for (const socket of open) {
      if (how === 'reset') socket.resetAndDestroy()
      else socket.destroySoon()
    }
  }
  /** Writes in slices; returns false if the receiver's buffer is full. */
  const write = (to: Socket, chunk: Buffer): boolean => {
    if (to.destroyed || to.writableEnded) return true
    let room = true
    for (let at = 0; at < chunk.length; at += sliceBytes) {
      const end = Math.min(chunk.length, at + sliceBytes)
      room = to.write(chunk.subarray(at, end))
      if (end === chunk.length) break
    }
    return room
  }
  const pass = (from: Socket, to: Socket, chunk: Buffer, onPassed?: () => void): void => {
    const go = (): void => {
      if (!write(to, chunk)) from.pause()
      onPassed?.()
    }
    if (delayMs > 0) setTimeout(go, delayMs)
    else go()
  }
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1')
    near.setNoDelay(true)
    far.setNoDelay(true)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        if (delayMs > 0) setTimeout(() => other.destroySoon(), delayMs)
        else other.destroySoon()
      })
      socket.on('drain', () => {
        if (!stalled) other.resume()
      })
    }
    near.on('data', (chunk) => pass(near, far, chunk))
    far.on('data', (chunk) => {
      if (near.destroyed || near.writableEnded) return
      const passed = chunk.subarray(0, Math.max(0, limit - bytes))
      bytes += passed.length
      pass(far, near, passed, () => {
        if (bytes >= limit) cut()
      })
    })
    if (stalled) {
      near.pause()
      far.pause()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get bytes() {
      return bytes
    },
    get connections() {
      return open.size / 2
    },
    cutAfter(more, way) {
      bytes = 0
      limit = more
      how = way
      if (more === 0) cut()
    },
    delay(ms) {
      delayMs = ms
    },
    stall(now) {
      stalled = now
      for (const socket of open) {
        if (now) socket.pause()
        else socket.resume()
      }
    },
    slice(most) {
      sliceBytes = most
    },
    reset() {
      bytes = 0
      limit = Number.POSITIVE_INFINITY
    },
    lead(toPort) {
      targetPort = toPort
    },
    async quiet(ms) {
      for (let before = -1; before !== bytes; ) {
        before = bytes
        await sleep(ms)
      }
    },
    close: async () => {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}
