import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A proxy whose connections can be cut. */
export interface CuttingProxy {
  readonly url: string
  /** Cuts the next `times` connections after this many bytes of response. */
  cut(afterBytes: number, times?: number): void
  /** Open client connections. */
  readonly sockets: ReadonlySet<Socket>
  /** Response bytes since the last `cut`. */
  readonly bytes: number
}

/** Forwards bytes to a server until the end of the running test. */
export async function cutTheWayTo(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let [room, times, bytes] = [Number.POSITIVE_INFINITY, 0, 0]
  const proxy = createServer((client) => {
    sockets.add(client)
    const server = createConnection(Number(port), hostname)
    client.pipe(server)
    server.on('data', (chunk) => {
      bytes += chunk.length
      if (times > 0 && bytes >= room) {
        times--
        // The bytes up to the cut still arrive, then the connection is gone.
        client.write(chunk.subarray(0, chunk.length - (bytes - room)), () => client.resetAndDestroy())
        server.destroy()
        bytes = 0
        return
      }
      if (!client.write(chunk)) {
        server.pause()
        client.once('drain', () => server.resume())
      }
    })
    server.on('end', () => client.end())
    // Cut connections are expected.
    for (const socket of [client, server]) socket.on('error', () => undefined)
    client.on('close', () => {
      sockets.delete(client)
      server.destroy()
    })
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => proxy.close(resolve))
  })
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    cut: (afterBytes, count = 1) => {
      room = afterBytes
      times = count
      bytes = 0
    },
    sockets,
    get bytes() {
      return bytes
    },
  }
}
