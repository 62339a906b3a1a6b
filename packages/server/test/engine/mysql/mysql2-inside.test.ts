import { once } from 'node:events'
import { Socket } from 'node:net'
import { createPool, type Pool, type PoolConnection } from 'mysql2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectionOptions } from '../../../src/engine/mysql/address.ts'
import {
  connectionsOf,
  executeWith,
  hasExtendedMetadata,
  isKept,
  type PreparedStatement,
  readPrepared,
  socketOf,
  statementKey,
  takeAnswer,
  takeFree,
} from '../../../src/engine/mysql/mysql2-inside.ts'
import { ExecutePacket } from '../../../src/engine/mysql/wire/execute-packet.ts'
import { mysqlMakers, type Store } from '../../support/stores.ts'

describe.each(mysqlMakers)('what mysql2 has inside, on $engine', ({ open }) => {
  let store: Store
  let pool: Pool
  let connection: PoolConnection

  beforeAll(async () => {
    store = await open()
    pool = createPool({ ...connectionOptions(store.address), connectionLimit: 2 })
    connection = await new Promise((resolve, reject) =>
      pool.getConnection((error, got) => (error ? reject(error) : resolve(got))),
    )
  })
  afterAll(async () => {
    await new Promise<void>((resolve) => pool.end(() => resolve()))
    await store.drop()
  })

  const ask = (sql: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      connection.query({ sql, rowsAsArray: true }, (error, rows) => (error ? reject(error) : resolve(rows)))
    })
  /** Runs a statement and takes its answer, until `isWhole` says that nothing is missing. */
  const take = (how: 'execute' | 'query', sql: string, isWhole: (bytes: Buffer) => boolean) => {
    const command = connection[how]({ sql, rowsAsArray: true })
    let bytes = Buffer.alloc(0)
    const whole = new Promise<Buffer>((resolve) => {
      taken = takeAnswer(connection, command, (chunk) => {
        bytes = Buffer.concat([bytes, chunk])
        if (isWhole(bytes)) resolve(bytes)
      })
    })
    return { command, whole, taken: taken as ReturnType<typeof takeAnswer> }
  }
  let taken: ReturnType<typeof takeAnswer> | undefined
  /** Nine bytes, of which the fifth says so, end an answer. */
  const hasEnd = (bytes: Buffer): boolean => bytes.length > 9 && bytes[bytes.length - 5] === 0xfe && bytes.length > 60

  /** A statement that mysql2 has prepared. */
  const statementOf = async (sql: string, values: readonly (string | number)[]): Promise<PreparedStatement> => {
    let bytes = Buffer.alloc(0)
    const { promise: whole, resolve } = Promise.withResolvers<void>()
    const taken = takeAnswer(
      connection,
      connection.execute({ sql, values: [...values], rowsAsArray: true }),
      (chunk) => {
        bytes = Buffer.concat([bytes, chunk])
        if (hasEnd(bytes)) resolve()
      },
    )
    await whole
    const statement = taken.statement() ?? expect.unreachable('mysql2 prepared none')
    taken.end()
    return statement
  }
  const prepared = async (sql: string, values: readonly (string | number)[]): Promise<number> =>
    (await statementOf(sql, values)).id

  it('is a socket, and the connections of a pool', () => {
    expect(socketOf(connection)).toBeInstanceOf(Socket)
    expect(connectionsOf(pool)).toEqual({ all: [connection], free: 0 })
  })

  it('is a free connection of a pool, once', async () => {
    expect(takeFree(pool)).toBeUndefined()
    connection.release()
    expect(takeFree(pool)).toBe(connection)
    expect(takeFree(pool)).toBeUndefined()
    connection.release()
    expect(connectionsOf(pool).free).toBe(1)
    expect(takeFree(pool)).toBe(connection)
    expect(await ask('select 6')).toEqual([[6]])
  })

  it('is whether columns are defined with extended metadata', async () => {
    const [[version]] = (await ask('select version()')) as [[string]]
    expect(hasExtendedMetadata(connection)).toBe(version.includes('MariaDB'))
  })

  it.each(['execute', 'query', 'execute'] as const)(
    'is the answer to a statement, every byte of it, and the connection afterwards: %s',
    async (how) => {
      const { command, whole, taken } = take(how, "select 'taken' as word", hasEnd)
      const later = ask('select 7')
      const bytes = await whole
      // The first packet says that there is one column.
      expect([...bytes.subarray(0, 5)]).toEqual([1, 0, 0, 1, 1])
      expect(bytes.includes('taken')).toBe(true)
      const end = once(command, 'end')
      taken.end()
      await end
      expect(await later).toEqual([[7]])
    },
  )

  it('makes an error of the packet of one, and goes on', async () => {
    const { command, whole, taken } = take('execute', "select 'x' as word", hasEnd)
    await whole
    const error = once(command, 'error')
    const packet = Buffer.concat([Buffer.of(0xff, 0x25, 0x05), Buffer.from('#70100Query execution was interrupted')])
    taken.refuse(packet)
    expect((await error)[0]).toMatchObject({ errno: 1317, code: 'ER_QUERY_INTERRUPTED', sqlState: '70100' })
    expect(await ask('select 8')).toEqual([[8]])
  })

  describe('executes what is prepared already with a packet of ours', () => {
    const SQL = 'select concat(?, ?) as word'
    const packet = new ExecutePacket()
    const read = (number: number, values: readonly string[]) => {
      let bytes = Buffer.alloc(0)
      const { promise: whole, resolve: onWhole } = Promise.withResolvers<Buffer>()
      const { promise: failure, resolve: onError } = Promise.withResolvers<unknown>()
      const onBytes = (chunk: Buffer): void => {
        bytes = Buffer.concat([bytes, chunk])
        if (hasEnd(bytes)) onWhole(bytes)
      }
      const content = packet.of(number, [values], [false, false])
      return { whole, failure, taken: readPrepared(connection, content, onBytes, onError) }
    }

    it('and hands over the answer, every byte of it, again and again', async () => {
      const number = await prepared(SQL, ['a', 'b'])
      for (const word of ['taken', 'again', '\u20ac']) {
        const { whole, taken } = read(number, [word, '!'])
        const later = ask('select 7')
        const bytes = await whole
        expect([...bytes.subarray(0, 5)]).toEqual([1, 0, 0, 1, 1])
        expect(bytes.includes(`${word}!`)).toBe(true)
        taken.end()
        expect(await later).toEqual([[7]])
      }
    })

    it('unless mysql2 has closed it', async () => {
      const key = statementKey(connection, SQL)
      const statement = await statementOf(SQL, ['a', 'b'])
      expect(isKept(connection, key, statement)).toBe(true)
      connection.unprepare({ sql: SQL, rowsAsArray: true } as never)
      expect(isKept(connection, key, statement)).toBe(false)
      const again = await statementOf(SQL, ['a', 'b'])
      expect(isKept(connection, key, statement)).toBe(false)
      expect(isKept(connection, key, again)).toBe(true)
    })

    it('and makes an error of the packet of one', async () => {
      const { whole, failure, taken } = read(await prepared(SQL, ['a', 'b']), ['taken', '?'])
      await whole
      taken.refuse(Buffer.concat([Buffer.of(0xff, 0x25, 0x05), Buffer.from('#70100Query execution was interrupted')]))
      expect(await failure).toMatchObject({ errno: 1317, code: 'ER_QUERY_INTERRUPTED', sqlState: '70100' })
      expect(await ask('select 8')).toEqual([[8]])
    })
  })

  it('leaves a statement alone that cannot be prepared', async () => {
    const command = connection.execute({ sql: 'select 1 from there_is_none', rowsAsArray: true })
    takeAnswer(connection, command, () => expect.unreachable('there is no answer'))
    const [error] = await once(command, 'error')
    expect(error).toMatchObject({ code: 'ER_NO_SUCH_TABLE' })
    expect(await ask('select 9')).toEqual([[9]])
  })
  describe('executes a statement with a packet of ours', () => {
    const executed = (sql: string, packetOf: (statement: number) => Buffer): Promise<unknown> =>
      new Promise((resolve, reject) => {
        executeWith(connection, sql, packetOf, (error, result) => (error ? reject(error) : resolve(result)))
      })

    it('when it is prepared first, and when it is already', async () => {
      const packet = new ExecutePacket()
      const long = '\u20ac'.repeat(40_000)
      for (const word of ['first', long, '', '\u00e9\u{1f600}', null])
        expect(
          await executed('select cast(? as char) as word, ? + 0 as number, ? as other', (statement) =>
            packet.of(statement, [[word, 2 ** 31 + 1, -0.5]], [false, true, false]),
          ),
        ).toEqual([[word, 2 ** 31 + 1, -0.5]])
      expect(await ask('select 7')).toEqual([[7]])
    })

    it('unless it cannot be prepared, or the packet cannot be made', async () => {
      const never = (): never => expect.unreachable('there is no statement')
      await expect(executed('select ? from there_is_none', never)).rejects.toMatchObject({ code: 'ER_NO_SUCH_TABLE' })
      const fails = (): never => {
        throw new RangeError('no packet')
      }
      await expect(executed('select ? as again', fails)).rejects.toThrow('no packet')
      const command = once(connection.execute({ sql: 'select ? as again', values: ['x'], rowsAsArray: true }), 'end')
      await command
      expect(await ask('select 8')).toEqual([[8]])
    })
  })

  // The last one: the connection is gone.
  it('tells a read of ours that its connection was lost, and one that comes later', async () => {
    const number = await prepared('select sleep(?) as nothing', [0])
    connection.on('error', () => {})
    const read = (): Promise<unknown> =>
      new Promise((resolve) => {
        const packet = new ExecutePacket().of(number, [[30]], [false])
        readPrepared(connection, packet, () => expect.unreachable('there is no answer'), resolve)
      })
    const waiting = read()
    socketOf(connection).destroy(Object.assign(new Error('lost'), { code: 'PROTOCOL_CONNECTION_LOST' }))
    expect(await waiting).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' })
    expect(await read()).toMatchObject({ fatal: true })
  })
})
