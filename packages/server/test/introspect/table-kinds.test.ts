import { createLog, start } from '@stockdb/server'
import { describe, expect, it } from 'vitest'
import { askJson } from '../support/ask-json.ts'
import { draftedCatalogue } from '../support/drafted.ts'
import { sql } from '../support/sql.ts'
import { mysqlMakers } from '../support/stores.ts'

const COLUMNS = 'code varchar(9) not null, day date not null, n int, primary key (code, day)'

describe.each(mysqlMakers)('kinds of tables in $engine', ({ open, engine }) => {
  it('are datasets unless they are sequences; versioned tables keep their comment, and show current rows', async () => {
    const store = await open()
    try {
      await sql(store.address, `create table plain (${COLUMNS})`)
      const isMaria = engine.startsWith('MariaDB')
      if (isMaria)
        await sql(
          store.address,
          'create sequence numbers',
          `create table versions (${COLUMNS}) with system versioning comment = 'Volumes'`,
          "insert into versions values ('A', '2024-01-02', 1)",
          'update versions set n = 2',
        )
      const catalogue = await draftedCatalogue(store.address)
      expect(Object.keys(catalogue)).toEqual(isMaria ? ['plain', 'versions'] : ['plain'])
      if (!isMaria) return
      expect(catalogue.versions?.description).toBe('Volumes')
      const server = await start({ database: store.address, catalogue, port: 0, log: createLog('silent') })
      try {
        expect((await askJson(server.url, 'versions.range', {})).items).toEqual([['A', '2024-01-02', 2]])
      } finally {
        await server.close()
      }
    } finally {
      await store.drop()
    }
  })

  it('may have codes in an ENUM, whose rows come in the order of the codes', async () => {
    const store = await open()
    try {
      await sql(
        store.address,
        "create table bars (code enum('ZZ', 'MM', 'AA') not null, day date not null, n int, primary key (code, day))",
        "insert into bars values ('ZZ', '2024-01-02', 1), ('AA', '2024-01-02', 2), ('MM', '2024-01-02', 3), ('AA', '2024-01-03', 4)",
      )
      const catalogue = await draftedCatalogue(store.address)
      const server = await start({ database: store.address, catalogue, port: 0, log: createLog('silent') })
      const rows = async (path: string, input: object = {}) => (await askJson(server.url, path, input)).items
      const [aa, last] = [
        ['AA', '2024-01-02', 2],
        ['AA', '2024-01-03', 4],
      ]
      const [mm, zz] = [
        ['MM', '2024-01-02', 3],
        ['ZZ', '2024-01-02', 1],
      ]
      try {
        expect(await rows('bars.range')).toEqual([aa, last, mm, zz])
        expect(await rows('bars.range', { limit: 2 })).toEqual([aa, last])
        expect(await rows('bars.range', { symbols: ['ZZ', 'AA'] })).toEqual([aa, last, zz])
        expect(await rows('bars.at', { date: '2024-01-02' })).toEqual([aa, mm, zz])
        expect(await rows('bars.latest')).toEqual([last, mm, zz])
      } finally {
        await server.close()
      }
    } finally {
      await store.drop()
    }
  })
})
