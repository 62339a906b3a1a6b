import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'

/**
 * Sockets that listen on the port. Node accepts one connection of each in a turn of its event loop: with a single one, the last of
 * 500 callers who connect to a busy server would wait for 500 turns.
 */
const LISTENERS = 16

export interface ListenOptions {
  readonly host: string
  /** 0 chooses a free port. */
  readonly port: number
  /** Whether other workers of this server listen on the same port, which was free before. */
  readonly shared: boolean
  /** Called when the system refuses to hand over a connection; the sockets go on. */
  onError(error: Error): void
}

/** Where a server listens. */
export interface Listening {
  readonly address: AddressInfo
  /** The sockets beside the server's own. They must be closed with it. */
  readonly more: readonly Server[]
}

/**
 * Listens on one port with several sockets, whose connections are all given to `server`. Where sockets cannot share a port, there
 * is one. Rejects with the system's error if the port is not free.
 */
export async function listenOften(server: Server, { host, port, shared, onError }: ListenOptions): Promise<Listening> {
  const options = { host, port, reusePort: true }
  if (!shared && !(await canShare(host, port))) {
    await bind(server, { host, port })
    server.on('error', onError)
    return { address: server.address() as AddressInfo, more: [] }
  }
  await bind(server, options)
  server.on('error', onError)
  const address = server.address() as AddressInfo
  const more: Server[] = []
  while (more.length < LISTENERS - 1) {
    // As Node's servers of HTTP do it.
    const one = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.emit('connection', socket))
    await bind(one, { ...options, port: address.port })
    more.push(one.on('error', onError))
  }
  return { address, more }
}

/**
 * Whether sockets can share a port. Rejects if it is in use: a socket that shares its port would share it with another server's,
 * which would then get half of the calls. For port 0 the system never chooses one that is in use.
 */
async function canShare(host: string, port: number): Promise<boolean> {
  if (port !== 0) await tryOut({ host, port })
  return tryOut({ host, port: 0, reusePort: true }).then(
    () => true,
    () => false,
  )
}

async function tryOut(options: { readonly host: string; readonly port: number; readonly reusePort?: boolean }) {
  const probe = createServer()
  await bind(probe, options)
  const closed = once(probe, 'close')
  probe.close()
  await closed
}

async function bind(
  server: Server,
  options: { readonly host: string; readonly port: number; readonly reusePort?: boolean },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(options, resolve)
  await promise
  server.off('error', reject)
}
