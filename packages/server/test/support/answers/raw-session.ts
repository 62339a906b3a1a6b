import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Abilities of a client, as in the protocol. */
const PROTOCOL_41 = 1 << 9
const SECURE_CONNECTION = 1 << 15
const PLUGIN_AUTH = 1 << 19
const DEPRECATE_EOF = 1 << 24
/** All that a client of MySQL says, which MariaDB takes for one of its own where the first is missing. */
const COMMON = 4 | (1 << 13) | (1 << 17) | (1 << 18) | PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH
const EXTENDED_METADATA = 1 << 3
const UTF8MB4 = 45
/** How long a server is silent after an answer. */
const QUIET_MS = 250

/** A connection without a password that shows every byte, for recordings; it asks one thing at a time. */
export class RawSession {
  readonly #socket: Socket
  #received: Buffer[] = []

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#received.push(chunk))
  }

  static async open(url: URL, dialogue: { deprecateEof: boolean; extendedMetadata: boolean }): Promise<RawSession> {
    const socket = connect(Number(url.port), url.hostname)
    await once(socket, 'connect')
    const session = new RawSession(socket)
    const greeting = await session.#answer()
    const plugin = greeting.subarray(greeting.lastIndexOf(0, greeting.length - 2) + 1, greeting.length - 1)
    const abilities = COMMON | (dialogue.deprecateEof ? DEPRECATE_EOF : 0) | (dialogue.extendedMetadata ? 0 : 1)
    const head = Buffer.alloc(32)
    head.writeUInt32LE(abilities, 0)
    head.writeUInt32LE(0xff_ff_ff, 4)
    head[8] = UTF8MB4
    head.writeUInt32LE(dialogue.extendedMetadata ? EXTENDED_METADATA : 0, 28)
    const login = [head, Buffer.from(`${url.username}\0`), Buffer.of(0), plugin, Buffer.of(0)]
    session.#send(Buffer.concat(login), 1)
    const welcome = await session.#answer()
    if (welcome[4] !== 0) throw new Error(`the server did not let it in: ${welcome.toString('latin1')}`)
    return session
  }

  /** All bytes that answer a statement. */
  query(sql: string): Promise<Buffer> {
    this.#send(Buffer.concat([Buffer.of(0x03), Buffer.from(sql)]), 0)
    return this.#answer()
  }

  /** All bytes that answer a statement that is prepared first; those of the preparation are not among them. */
  async execute(sql: string): Promise<Buffer> {
    this.#send(Buffer.concat([Buffer.of(0x16), Buffer.from(sql)]), 0)
    const prepared = await this.#answer()
    if (prepared[4] !== 0) throw new Error(`cannot prepare ${sql}: ${prepared.toString('latin1')}`)
    const command = Buffer.alloc(10)
    command[0] = 0x17
    prepared.copy(command, 1, 5, 9)
    command.writeUInt32LE(1, 6)
    this.#send(command, 0)
    return this.#answer()
  }

  close(): void {
    this.#socket.destroy()
  }

  #send(payload: Buffer, number: number): void {
    const header = Buffer.alloc(4)
    header.writeUIntLE(payload.length, 0, 3)
    header[3] = number
    this.#received = []
    this.#socket.write(Buffer.concat([header, payload]))
  }

  async #answer(): Promise<Buffer> {
    for (let before = -1; before !== this.#received.length || before === 0; ) {
      before = this.#received.length
      await sleep(QUIET_MS)
    }
    return Buffer.concat(this.#received)
  }
}
