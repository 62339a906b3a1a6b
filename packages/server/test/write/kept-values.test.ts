import { datetime, defineCatalogue, defineDataset, float64, symbol } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineOf } from '../support/engines.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, type Store } from '../support/stores.ts'

const narrow = defineDataset({
  name: 'narrow',
  managed: false,
  writable: true,
  description: 'Columns that hold less than their fields',
  fields: {
    k: symbol.required('Code'),
    whole: float64('A number in an integer column'),
    seconds: datetime('In a column of whole seconds'),
    minute: datetime('As a number', { dateFormat: 'YYYYMMDDHHMM' }),
    text: datetime('As a text', { dateFormat: 'YYYY-MM-DD HH:MM' }),
    epoch: datetime('Whole seconds since 1970', { dateFormat: 'epoch-s' }),
    fraction: datetime('As a text with a fraction', { dateFormat: 'YYYY-MM-DD HH:MM:SS' }),
  },
  key: ['k'],
  symbol: 'k',
})
const catalogue = defineCatalogue({ narrow })

const FINE = '2024-01-02 09:30:30.500'

describe.each(enginesOfRun)('writing to narrow columns in $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  beforeAll(async () => {
    store = await open()
    const kind = engineOf(store.address)
    const seconds = { mysql: 'datetime', sqlite: 'text', duckdb: 'timestamp_s' }[kind]
    const ascii = kind === 'mysql' ? ' character set ascii collate ascii_bin' : ''
    await sql(
      store.address,
      `create table narrow (k varchar(9)${ascii} primary key, whole integer, seconds ${seconds}, minute bigint, text varchar(30),
        epoch bigint, fraction varchar(30))`,
    )
    served = await serve(store.address, { catalogue })
  })
  afterAll(async () => {
    await served.close()
    await store.drop()
  })

  it.each([
    ['minute', 'a datetime without more digits than YYYYMMDDHHMM has'],
    ['text', 'a datetime without more digits than YYYY-MM-DD HH:MM has'],
  ] as const)('refuses a moment that %s has no digits for', async (field, expected) => {
    await expect(served.db.narrow.upsert([{ k: 'A', [field]: FINE }])).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(`row 1 (items[0]): ${field}: got "${FINE}"; expected ${expected}`),
    })
    expect((await served.db.narrow.list({})).numRows).toBe(0)
  })

  it('writes what the columns hold, and reads it as it was', async () => {
    const row = { k: 'B', whole: 2, seconds: '2024-01-02 09:30:30', minute: '2024-01-02 09:30:00' }
    const more = { text: '2024-01-02 09:30:00', epoch: '2024-01-02 09:30:30', fraction: FINE }
    await served.db.narrow.upsert([{ ...row, ...more }])
    expect([...(await served.db.narrow.list({ symbols: ['B'] })).rows()]).toEqual([{ ...row, ...more }])
  })

  it('refuses what its column would round, or keeps it whole', async () => {
    const rounding = engineOf(store.address) !== 'sqlite'
    for (const [field, value] of [
      ['whole', 1.5],
      ['seconds', FINE],
      ['epoch', FINE],
    ] as const) {
      const written = served.db.narrow.upsert([{ k: 'C', [field]: value }])
      if (rounding) await expect(written).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      else {
        await written
        const frame = await served.db.narrow.list({ symbols: ['C'], fields: [field] })
        expect([...frame.rows()]).toMatchObject([{ [field]: value }])
      }
    }
  })
})
