import type { Socket } from 'node:net'
import type { Pool, PoolConnection, Query, QueryError } from 'mysql2'

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
  readonly statement?: { parameters: readonly unknown[] }
}

interface PoolInside {
  readonly _allConnections: { readonly length: number; get(index: number): PoolConnection }
  readonly _freeConnections: { readonly length: number }
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

/** The answer to one statement, taken from mysql2; exactly one of these ends it. */
export interface TakenAnswer {
  /** Every byte was taken: mysql2 goes on with its next command. */
  end(): void
  /** The answer ended with this packet, without its header: mysql2 makes an error of it, and gives it to the command. */
  refuse(packet: Buffer): void
}

/**
 * Hands the bytes that answer a command to `onBytes` instead of to mysql2, from the moment it is sent. mysql2 still writes the
 * statement, notices a lost connection, and keeps later commands waiting.
 */
export function takeAnswer(connection: PoolConnection, command: Query, onBytes: (chunk: Buffer) => void): TakenAnswer {
  const inside = insideOf(connection)
  const taken = command as unknown as CommandInside
  const theirs = inside.packetParser
  const take = (): void => {
    inside.packetParser = { execute: onBytes }
    taken.next = unexpected
  }
  const give = (): void => {
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
    end() {
      give()
      taken.next = () => null
      inside.handlePacket()
    },
    refuse(packet) {
      give()
      inside.sequenceId = 0
      const header = Buffer.alloc(4)
      header.writeUIntLE(packet.length, 0, 3)
      theirs.execute(Buffer.concat([header, packet]))
    },
  }
}

function unexpected(): never {
  throw new TypeError('mysql2 got a packet of an answer that was taken from it')
}
