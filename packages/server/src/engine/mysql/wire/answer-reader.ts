import { Bytes } from './bytes.ts'
import { type ColumnDefinition, readDefinition } from './column-definition.ts'
import { malformed } from './malformed.ts'
import { PacketReader } from './packet-reader.ts'

/** What both sides agreed on when the connection was made, as far as it changes the form of an answer. */
export interface Dialogue {
  /** CLIENT_DEPRECATE_EOF: nothing ends the definitions, and the packet that ends the rows has another form. */
  readonly deprecateEof: boolean
  /** MARIADB_CLIENT_EXTENDED_METADATA: definitions say more about a type. */
  readonly extendedMetadata: boolean
}

/** Reads the rows of one answer. */
export interface RowReader {
  /** Whether no further row is wanted for now. */
  readonly full: boolean
  /** Reads the row between two places; `view` is on the whole memory of `buffer`. Throws if it does not end there. */
  read(buffer: Buffer, view: DataView, start: number, end: number): void
}

/** Who wants an answer. */
export interface AnswerReceiver {
  /** The columns, before the first row. What is thrown here ends the answer. */
  rowsOf(definitions: readonly ColumnDefinition[]): RowReader
  /** The last row was read, and nothing follows. */
  ended(): void
  /** The database refused the statement, or broke it off: the packet that says why, without its header. */
  refused(packet: Buffer): void
}

/** Definitions that were read last: an answer to the same statement has the same ones, recognised by their bytes. */
export interface KnownDefinitions {
  bytes: Buffer
  definitions: readonly ColumnDefinition[]
}

const OK = 0x00
const LOCAL_FILE = 0xfb
const END = 0xfe
const REFUSED = 0xff
/** A row of texts may begin like an end, but then it is longer than any end. */
const END_BYTES = 5
const LONGEST_END_BYTES = 0xff_ff_ff
const MORE_ANSWERS = 0x00_08

const COUNT = 0
const DEFINITIONS = 1
const DEFINITIONS_END = 2
const ROWS = 3
const OVER = 4

/**
 * Reads the answer to one statement: the number of columns, their definitions, rows, and an end. Whatever does not belong
 * there is an error. Rows are read where they arrived.
 */
export class AnswerReader {
  readonly #dialogue: Dialogue
  readonly #columnCount: number
  readonly #known: KnownDefinitions
  readonly #receiver: AnswerReceiver
  readonly #packets: PacketReader
  readonly #bytes = new Bytes()
  /** Definitions as they arrived. */
  readonly #definitions: Buffer[] = []
  #state = COUNT
  #rows: RowReader | undefined
  #refusal: Buffer | undefined

  constructor(dialogue: Dialogue, columnCount: number, known: KnownDefinitions, receiver: AnswerReceiver) {
    this.#dialogue = dialogue
    this.#columnCount = columnCount
    this.#known = known
    this.#receiver = receiver
    this.#packets = new PacketReader((buffer, view, start, end) => this.#onPacket(buffer, view, start, end))
  }

  /** Whether no row is wanted: what arrives is kept. */
  get paused(): boolean {
    return this.#packets.paused
  }

  /** Takes bytes as they arrive, and keeps none of them. Throws if they are not such an answer; then nothing more may be fed. */
  feed(chunk: Buffer): void {
    this.#guarded(() => this.#packets.feed(chunk))
  }

  /** Goes on with what is kept. */
  resume(): void {
    this.#guarded(() => this.#packets.resume())
  }

  #guarded(act: () => void): void {
    try {
      act()
    } catch (error) {
      // What Node says of places outside of a piece of memory.
      throw error instanceof RangeError ? malformed('a row is longer than its packet', error) : error
    }
    if (this.#state !== OVER || this.#packets.paused) return
    // Only now is it known that nothing follows.
    if (this.#refusal) this.#receiver.refused(this.#refusal)
    else if (this.#packets.pending) throw malformed('something follows its end')
    else this.#receiver.ended()
  }

  #onPacket(buffer: Buffer, view: DataView, start: number, end: number): boolean {
    if (this.#state === ROWS) {
      const first = buffer[start] as number
      if (first === REFUSED) this.#refuse(buffer, start, end)
      else if (first === END && this.#isEnd(end - start)) this.#onEnd(buffer, start, end)
      else {
        // It was made before the first row.
        const rows = this.#rows as RowReader
        rows.read(buffer, view, start, end)
        return !rows.full
      }
    } else this.#onHead(buffer, start, end)
    return true
  }

  #onHead(buffer: Buffer, start: number, end: number): void {
    if (this.#state === OVER) throw malformed('something follows its end')
    if (start === end) throw malformed('a packet is empty')
    if (buffer[start] === REFUSED) this.#refuse(buffer, start, end)
    else if (this.#state === COUNT) this.#onCount(buffer, start, end)
    else if (this.#state === DEFINITIONS) this.#onDefinition(buffer, start, end)
    else if (buffer[start] === END && end - start === END_BYTES) this.#state = ROWS
    else throw malformed('its columns have no end')
  }

  #onCount(buffer: Buffer, start: number, end: number): void {
    const first = buffer[start]
    if (first === OK) throw malformed('it has no columns')
    if (first === LOCAL_FILE) throw malformed('it asks for a file')
    this.#bytes.set(buffer, start, end)
    const count = this.#bytes.number()
    if (count !== this.#columnCount || this.#bytes.at !== end)
      throw malformed(`it has ${count} columns; expected ${this.#columnCount}`)
    this.#state = DEFINITIONS
  }

  #onDefinition(buffer: Buffer, start: number, end: number): void {
    this.#definitions.push(Buffer.from(buffer.subarray(start, end)))
    if (this.#definitions.length < this.#columnCount) return
    this.#rows = this.#receiver.rowsOf(this.#read())
    this.#state = this.#dialogue.deprecateEof ? ROWS : DEFINITIONS_END
  }

  #read(): readonly ColumnDefinition[] {
    const known = this.#known
    const bytes = Buffer.concat(this.#definitions)
    if (bytes.equals(known.bytes)) return known.definitions
    const definitions = this.#definitions.map((packet) => {
      this.#bytes.set(packet, 0, packet.length)
      return readDefinition(this.#bytes, this.#dialogue.extendedMetadata)
    })
    known.bytes = bytes
    known.definitions = definitions
    return definitions
  }

  #isEnd(length: number): boolean {
    return this.#dialogue.deprecateEof ? length < LONGEST_END_BYTES : length <= END_BYTES
  }

  #onEnd(buffer: Buffer, start: number, end: number): void {
    if ((this.#statusAt(buffer, start, end) & MORE_ANSWERS) !== 0) throw malformed('another one follows')
    this.#state = OVER
  }

  /** Status of the server, which is behind the number of warnings in the one form, and before it in the other. */
  #statusAt(buffer: Buffer, start: number, end: number): number {
    if (!this.#dialogue.deprecateEof) {
      if (end - start !== END_BYTES) throw malformed('its end is invalid')
      return buffer.readUInt16LE(start + 3)
    }
    const bytes = this.#bytes
    bytes.set(buffer, start + 1, end)
    // Rows that were written, and the number that a row was given: none of a select.
    const nothing = bytes.number() + bytes.number()
    if (nothing !== 0 || end - bytes.at < 4) throw malformed('its end is invalid')
    return buffer.readUInt16LE(bytes.at)
  }

  #refuse(buffer: Buffer, start: number, end: number): void {
    this.#refusal = Buffer.from(buffer.subarray(start, end))
    this.#state = OVER
  }
}
