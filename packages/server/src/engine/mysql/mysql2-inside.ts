import type { Socket } from 'node:net'
import type { Pool, PoolConnection, Query, QueryError } from 'mysql2'
import { giveBytes, lendBytes } from './open-socket.ts'

/**
 * What mysql2 has but does not declare. No other file uses any of it, and `mysql2-inside.test.ts` fails when a new version
 * changes it.
 */
interface ConnectionInside {
  readonly stream: Socket
  /** Takes all bytes that arrive; looked up for each of them. */
  packetParser: BytesTaker
  /** The number that the next packet must have. */
  sequenceId: number
  readonly _mariadbExtendedMetadata: boolean
  /** Goes on with the command under way, and with the next one if that is done. */
  handlePacket(): void
  /** Begins with a command, or keeps it until those before it are done. */
  addCommand(command: OwnCommand): void
  _resetSequenceId(): void
  readonly clientEncoding: string
  /** Prepared statements by their keys; forgets those that were used longest ago, and closes them. */
  readonly _statements: { get(key: string): PreparedStatement | undefined }
  readonly constructor: { statementKey(options: object): string }
  /** Of the class; what an object has itself goes before it. */
  writePacket?: (packet: PacketInside) => void
}

interface PacketInside {
  /** Four bytes of a header, and what follows. */
  readonly buffer: Buffer
  length(): number
  writeHeader(sequenceId: number): void
}

interface BytesTaker {
  execute(chunk: Buffer): void
}

type Step = (packet: unknown, connection: unknown) => unknown

interface CommandInside {
  /** The first step: writes the statement. It is left out if the statement could not be prepared. */
  start: Step
  /** What comes next; `null` ends the command. Absent before its start. */
  next?: Step | null
}

interface ExecuteInside {
  /** Absent if the statement could not be prepared. */
  readonly statement?: { readonly id: number; parameters: PreparedStatement['parameters'] }
}

/** A statement that mysql2 prepared on a connection. */
export interface PreparedStatement {
  readonly id: number
  /** Its placeholders, as the database takes them. */
  readonly parameters: readonly { readonly columnType: number }[]
}

interface PoolInside {
  readonly _allConnections: { readonly length: number; get(index: number): PoolConnection }
  readonly _freeConnections: { readonly length: number; pop(): PoolConnection | undefined }
  readonly _closed: boolean
}

/** A packet that mysql2 has read. */
interface ReadPacket {
  isError(): boolean
  asError(encoding: string): QueryError
}

/** What mysql2 wants of a command. */
interface OwnCommand {
  /** Takes a packet, none at its start; returns whether the command is done. */
  execute(packet: ReadPacket | undefined, connection: ConnectionInside): boolean
  /** The connection was lost before it was done. */
  onResult(error: unknown): void
}

const insideOf = (connection: PoolConnection): ConnectionInside => connection as unknown as ConnectionInside

export const socketOf = (connection: PoolConnection): Socket => insideOf(connection).stream

/** Whether columns are defined with MariaDB's extended metadata; mysql2 never agrees to CLIENT_DEPRECATE_EOF. */
export const hasExtendedMetadata = (connection: PoolConnection): boolean =>
  insideOf(connection)._mariadbExtendedMetadata

export function connectionsOf(pool: Pool): { readonly all: readonly PoolConnection[]; readonly free: number } {
  const { _allConnections, _freeConnections } = pool as unknown as PoolInside
  const all = Array.from({ length: _allConnections.length }, (_, index) => _allConnections.get(index))
  return { all, free: _freeConnections.length }
}

/** A connection of a pool that nobody uses, as `getConnection` gives it, but at once; `undefined` if there is none. */
export function takeFree(pool: Pool): PoolConnection | undefined {
  const { _closed, _freeConnections } = pool as unknown as PoolInside
  const connection = _closed ? undefined : _freeConnections.pop()
  // It can be released once.
  if (connection) (connection as unknown as { _released: boolean })._released = false
  return connection
}

const EXECUTE = 0x17

/**
 * Executes a prepared statement, whose number `packetOf` gets, with our own packet instead of mysql2's. Nothing else may use the
 * connection until `done`.
 */
export function executeWith(
  connection: PoolConnection,
  sql: string,
  packetOf: (statement: number) => Buffer,
  done: (error: QueryError | null, result: unknown) => void,
): void {
  const inside = insideOf(connection)
  const { writePacket } = inside
  inside.writePacket = (packet) => {
    const isExecute = packet.buffer[4] === EXECUTE
    if (isExecute) delete inside.writePacket
    writePacket?.call(inside, isExecute ? packetAround(packetOf(packet.buffer.readUInt32LE(5))) : packet)
  }
  const command: unknown = connection.execute({ sql, values: [], rowsAsArray: true }, (error, result) => {
    delete inside.writePacket
    // mysql2 keeps a definition of each placeholder, of which there are thousands, and needs none of them.
    const { statement } = command as ExecuteInside
    if (statement) statement.parameters = []
    done(error, result)
  })
}

const packetAround = (buffer: Buffer): PacketInside => ({
  buffer,
  length: () => buffer.length - 4,
  writeHeader(sequenceId) {
    buffer.writeUIntLE(buffer.length - 4, 0, 3)
    buffer[3] = sequenceId
  },
})

/** The answer to one statement, taken from mysql2; `end` or `refuse` ends it. */
export interface TakenAnswer {
  /** Its statement, if mysql2 prepared it. */
  statement(): PreparedStatement | undefined
  /** Every byte was taken: mysql2 goes on with its next command. */
  end(): void
  /** The answer ended with this packet, without its header: mysql2 makes an error of it, and gives it to the command. */
  refuse(packet: Buffer): void
}

/**
 * Hands the bytes that answer a command to `onBytes` instead of to mysql2, from the moment it is sent; they are good until it returns. mysql2 still writes the
 * statement, notices a lost connection, and keeps later commands waiting.
 */
export function takeAnswer(connection: PoolConnection, command: Query, onBytes: (chunk: Buffer) => void): TakenAnswer {
  const inside = insideOf(connection)
  const taken = command as unknown as CommandInside
  const theirs = inside.packetParser
  const take = (): void => {
    lendBytes(inside.stream)
    inside.packetParser = { execute: onBytes }
    taken.next = unexpected
  }
  const give = (): void => {
    giveBytes(inside.stream)
    inside.packetParser = theirs
  }
  if (taken.next !== undefined && taken.next !== null) take()
  else {
    const { start } = taken
    taken.start = (packet, given) => {
      const next = start.call(command, packet, given)
      if (next === null) return null
      take()
      return unexpected
    }
  }
  return {
    statement: () => (command as unknown as ExecuteInside).statement,
    end() {
      give()
      taken.next = () => null
      inside.handlePacket()
    },
    refuse(packet) {
      give()
      parse(inside, packet)
    },
  }
}

/** Has mysql2 read a packet that was taken from it. */
function parse(inside: ConnectionInside, packet: Buffer): void {
  inside.sequenceId = 0
  const header = Buffer.alloc(4)
  header.writeUIntLE(packet.length, 0, 3)
  inside.packetParser.execute(Buffer.concat([header, packet]))
}

/** The key under which mysql2 keeps a statement. */
export const statementKey = (connection: PoolConnection, sql: string): string =>
  insideOf(connection).constructor.statementKey({ sql, rowsAsArray: true })

/** Whether mysql2 keeps a statement still, which counts as a use of it. */
export const isKept = (connection: PoolConnection, key: string, statement: PreparedStatement): boolean =>
  insideOf(connection)._statements.get(key) === statement

/**
 * Executes a statement that was prepared on the connection before, with a packet of ours, and hands the bytes that answer it to
 * `onBytes`, which may keep none of them: mysql2's own command looks its statement up, copies its configuration and makes an object of each value for every read.
 * `onError` gets what ends it otherwise.
 */
export function readPrepared(
  connection: PoolConnection,
  packet: Buffer,
  onBytes: (chunk: Buffer) => void,
  onError: (error: unknown) => void,
): TakenAnswer {
  const inside = insideOf(connection)
  const read = new PreparedRead(inside, packet, onBytes, onError)
  inside.addCommand(read)
  return read
}

class PreparedRead implements OwnCommand, TakenAnswer {
  readonly #inside: ConnectionInside
  readonly #theirs: BytesTaker
  readonly #onBytes: (chunk: Buffer) => void
  readonly onResult: (error: unknown) => void
  #packet: Buffer | undefined
  #ended = false

  constructor(
    inside: ConnectionInside,
    packet: Buffer,
    onBytes: (chunk: Buffer) => void,
    onError: (error: unknown) => void,
  ) {
    this.#inside = inside
    this.#theirs = inside.packetParser
    this.#packet = packet
    this.#onBytes = onBytes
    this.onResult = onError
  }

  execute(packet: ReadPacket | undefined, connection: ConnectionInside): boolean {
    if (this.#packet) {
      connection._resetSequenceId()
      connection.writePacket?.(packetAround(this.#packet))
      this.#packet = undefined
      lendBytes(connection.stream)
      connection.packetParser = { execute: this.#onBytes }
      return false
    }
    if (this.#ended) return true
    if (!packet?.isError()) return unexpected()
    this.onResult(packet.asError(connection.clientEncoding))
    return true
  }

  statement(): undefined {}

  end(): void {
    giveBytes(this.#inside.stream)
    this.#inside.packetParser = this.#theirs
    this.#ended = true
    this.#inside.handlePacket()
  }

  refuse(packet: Buffer): void {
    giveBytes(this.#inside.stream)
    this.#inside.packetParser = this.#theirs
    parse(this.#inside, packet)
  }
}

function unexpected(): never {
  throw new TypeError('mysql2 got a packet of an answer that was taken from it')
}
