import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Meddling {
  /** Statements at the beginning of each session, like `init_connect`. */
  readonly atLogin?: readonly string[]
  /** Rewrites a statement of the client; by default unchanged. */
  rewrite?(sql: string): string
  /** When the answer to a statement may pass, if not at once; what comes after it waits too. */
  holdAnswer?(sql: string): Promise<void> | undefined
  /** When a statement may reach the server, if not at once. */
  holdStatement?(sql: string): Promise<void> | undefined
  /** Whether the server refuses to prepare statements, as an unknown command. */
  readonly preparesNothing?: boolean
}

/** A loopback proxy that changes database sessions, as a server's options or a pooling proxy do. */
export interface MeddlingProxy {
  /** The given address, through the proxy. */
  readonly address: string
  close(): Promise<void>
}

const OK = 0x00
const COM_QUERY = 0x03
const COM_STMT_PREPARE = 0x16
/** Error 1047, as the first packet of an answer. */
const UNKNOWN_COMMAND = Buffer.concat([Buffer.of(24, 0, 0, 1, 0xff, 0x17, 0x04), Buffer.from('#08S01Unknown command')])
/** A capability of both sides: query attributes (none here) precede a statement. */
const QUERY_ATTRIBUTES = 1 << 27

export async function meddle(address: string, meddling: Meddling): Promise<MeddlingProxy> {
  const through = new URL(address)
  const port = Number(through.port || 3306)
  const sockets = new Set<Socket>()
  // Packets pass one by one, and with Nagle's algorithm most statements would take 40 ms longer.
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true })
    const statements = [...(meddling.atLogin ?? [])]
    /** The server's OK to the login, held back until the statements have run. */
    let welcome: Buffer | undefined
    let loggedIn = false
    let abilities: number | undefined
    let before: Buffer | undefined
    /** Answers pass one after the other. */
    let held: Promise<unknown> | undefined
    const query = (sql: string): Buffer => {
      const text = Buffer.concat([Buffer.from([0, 0, 0, 0, COM_QUERY]), before ?? Buffer.alloc(0), Buffer.from(sql)])
      text.writeUIntLE(text.length - 4, 0, 3)
      return text
    }
    const toClient = packets((packet) => {
      abilities ??= abilitiesOf(packet)
      if (held) {
        held = held.then(() => near.writable && near.write(packet))
        return
      }
      if (loggedIn) return near.write(packet)
      if (packet[4] !== OK) return near.write(packet)
      welcome ??= packet
      const next = statements.shift()
      if (next !== undefined) return far.write(query(next))
      loggedIn = true
      near.write(welcome)
    })
    const toServer = packets((packet) => {
      before ??= packet.readUInt32LE(4) & (abilities ?? 0) & QUERY_ATTRIBUTES ? Buffer.from([0, 1]) : Buffer.alloc(0)
      if (meddling.preparesNothing && loggedIn && packet[4] === COM_STMT_PREPARE) return near.write(UNKNOWN_COMMAND)
      const statement = loggedIn && packet[4] === COM_QUERY ? packet.toString('utf8', 5 + before.length) : undefined
      if (statement !== undefined) held = meddling.holdAnswer?.(statement) ?? held
      const passed = statement !== undefined && meddling.rewrite ? query(meddling.rewrite(statement)) : packet
      const late = statement === undefined ? undefined : meddling.holdStatement?.(statement)
      if (late) void late.then(() => far.writable && far.write(passed))
      else far.write(passed)
    })
    for (const [from, to, pass] of [
      [far, near, toClient],
      [near, far, toServer],
    ] as const) {
      sockets.add(from)
      from.on('data', pass)
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroySoon()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  through.hostname = '127.0.0.1'
  through.port = String((server.address() as AddressInfo).port)
  return {
    address: through.href,
    close: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

/** Splits a stream into the protocol's packets: three bytes of length, a sequence number, and the payload. */
function packets(onPacket: (packet: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readUIntLE(0, 3)) {
      const end = 4 + rest.readUIntLE(0, 3)
      onPacket(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
  }
}

/** The server's capabilities, from its greeting. */
function abilitiesOf(greeting: Buffer): number {
  const afterVersion = greeting.indexOf(0, 5) + 1
  return greeting.readUInt16LE(afterVersion + 13) | (greeting.readUInt16LE(afterVersion + 18) << 16)
}
