import { createConnection } from 'mysql2/promise'
import { describe, expect, inject, it } from 'vitest'
import { createDatabase } from '../src/database.ts'

describe.each(inject('mysqlServers'))('createDatabase on server %#', (server) => {
  it('creates a new database each time, and drops it', async () => {
    const [first, second] = await Promise.all([createDatabase(server), createDatabase(server)])
    expect(first.url).toMatch(/^mysql:\/\/.+\/stockdb_test_[0-9a-f]{16}$/)
    expect(first.url).not.toBe(second.url)

    const connection = await createConnection({ uri: first.url, rowsAsArray: true })
    const [rows] = await connection.query('select database()')
    expect(rows).toEqual([[first.name]])
    await connection.query('create table t (a int)')
    await first.drop()
    await second.drop()
    const [left] = await connection.query(`show databases like '${first.name}'`)
    expect(left).toEqual([])
    await connection.end()
  })
})
