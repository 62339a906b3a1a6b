import { connect, type Socket } from 'node:net'

/** Bytes that are read at once. */
const READ_BYTES = 256 * 1_024

/** Where every socket of this thread reads: what arrived is handed over before anything else is read. */
const memory = Buffer.allocUnsafeSlow(READ_BYTES)

/** Sockets whose readers keep nothing of what they are given. */
const lending = new WeakSet<Socket>()

/**
 * Opens a connection to a database, as mysql2 would, but reads without new memory for what arrives: that of an answer of millions of
 * rows is garbage at once, and V8 looks through all of its objects for every 64 MB of it.
 */
export function openSocket({ config: { host, port } }: { config: { host?: string; port?: number } }): Socket {
  const socket: Socket = connect({
    ...{ host, port: port ?? 3306, noDelay: true, keepAlive: true },
    onread: {
      buffer: memory,
      callback: (length) => {
        const bytes = memory.subarray(0, length)
        socket.emit('data', lending.has(socket) ? bytes : Buffer.from(bytes))
        return true
      },
    },
  })
  return socket
}

/** Bytes of a socket are good until its reader returns, and not longer; {@link giveBytes} ends that. */
export const lendBytes = (socket: Socket): unknown => lending.add(socket)

/** Bytes of a socket are its reader's own, as they are at first. */
export const giveBytes = (socket: Socket): unknown => lending.delete(socket)
