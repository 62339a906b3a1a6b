import type { Socket } from 'node:net'
import { createConnection } from 'mysql2'
import { type Addresses, cannot, type Side } from './side.ts'
import { type Statement, statementsOf } from './statements.ts'

const EXECUTE = 0x17
const END = 0xfe
const ERROR = 0xff
const HEADER_BYTES = 4

/** What of mysql2 the drain takes over: the socket of a connection that it opened, and a statement that it prepared. */
interface Prepared {
  readonly stream: Socket
  prepare(sql: string, done: (error: Error | null, statement: { id: number }) => void): void
}

/**
 * Takes the bytes of the answer off the socket, finds where packets begin, and throws them away: no reader of this database
 * in JavaScript can be faster.
 */
export async function drain({ database }: Addresses): Promise<Side> {
  return {
    async run(call) {
      if (call.kind !== 'bulk' && call.kind !== 'everything') return cannot('drain', call)
      const [{ sql: text, values }] = statementsOf(call) as [Statement]
      let place = 0
      const sql = text.replaceAll('?', () => `'${values[place++]}'`)
      const connection = createConnection({ uri: database }) as unknown as Prepared & { destroy(): void }
      const id = await new Promise<number>((resolve, reject) =>
        connection.prepare(sql, (error, prepared) => (error ? reject(error) : resolve(prepared.id))),
      )
      try {
        return await countRows(connection.stream, id)
      } finally {
        connection.destroy()
      }
    },
  }
}

function countRows(socket: Socket, id: number): Promise<number> {
  socket.removeAllListeners('data')
  const execute = Buffer.alloc(HEADER_BYTES + 10)
  execute.writeUIntLE(10, 0, 3)
  execute.writeUInt8(EXECUTE, HEADER_BYTES)
  execute.writeUInt32LE(id, HEADER_BYTES + 1)
  execute.writeUInt32LE(1, HEADER_BYTES + 6)
  return new Promise((resolve, reject) => {
    const header = Buffer.alloc(HEADER_BYTES + 1)
    let headerBytes = 0
    let skip = 0
    let packets = 0
    let columns = 0
    let rows = 0
    socket.on('error', reject)
    socket.on('data', (data: Buffer) => {
      for (let at = 0; at < data.length; ) {
        if (skip > 0) {
          const taken = Math.min(skip, data.length - at)
          skip -= taken
          at += taken
          continue
        }
        header[headerBytes++] = data[at++] as number
        if (headerBytes <= HEADER_BYTES) continue
        headerBytes = 0
        const length = header.readUIntLE(0, 3)
        const first = header[HEADER_BYTES] as number
        skip = length - 1
        packets++
        if (first === ERROR) return reject(new Error('the database sent an error'))
        if (packets === 1) columns = first
        // After the definitions of the columns an older protocol says once that they have ended.
        else if (packets > columns + 1) {
          if (first === END && rows > 0) return resolve(rows)
          if (first !== END) rows++
        }
      }
    })
    socket.write(execute)
  })
}
