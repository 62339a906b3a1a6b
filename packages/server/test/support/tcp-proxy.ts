import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** How a connection is cut: in good order, which looks like an end, or by a reset. */
export type Cut = 'end' | 'reset'

/** A loopback TCP proxy that counts what comes back from its target and cuts where it is told to. */
export interface TcpProxy {
  readonly port: number
  /** Bytes that came back from the target since the last `reset` or `cutAfter`. */
  readonly bytes: number
  /** Cuts every connection as soon as so many more bytes have come back; what lies beyond is not passed on. */
  cutAfter(bytes: number, how: Cut): void
  /** Counts from zero and cuts nothing. */
  reset(): void
  /** Resolves when nothing has come back from the target for so many milliseconds. */
  quiet(ms: number): Promise<void>
  close(): Promise<void>
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const open = new Set<Socket>()
  let bytes = 0
  let limit = Number.POSITIVE_INFINITY
  let how: Cut = 'end'
  const cut = (): void => {
    limit = Number.POSITIVE_INFINITY
    for (const socket of open) {
      if (how === 'reset') socket.resetAndDestroy()
      else socket.destroySoon()
    }
  }
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        other.destroySoon()
      })
      socket.on('drain', () => other.resume())
    }
    near.on('data', (chunk) => {
      if (!far.write(chunk)) near.pause()
    })
    far.on('data', (chunk) => {
      if (near.destroyed || near.writableEnded) return
      const passed = chunk.subarray(0, Math.max(0, limit - bytes))
      bytes += passed.length
      if (!near.write(passed)) far.pause()
      if (bytes >= limit) cut()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get bytes() {
      return bytes
    },
    cutAfter(more, way) {
      bytes = 0
      limit = more
      how = way
      if (more === 0) cut()
    },
    reset() {
      bytes = 0
      limit = Number.POSITIVE_INFINITY
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
