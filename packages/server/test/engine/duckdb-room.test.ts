import { expect, it, onTestFinished, vi } from 'vitest'
import { serve } from '../support/serve.ts'
import { everyEngine } from '../support/stores.ts'

let freeBytes = Number.POSITIVE_INFINITY
vi.mock('node:fs/promises', async (original) => ({
  ...(await original<typeof import('node:fs/promises')>()),
  statfs: async () => ({ bavail: freeBytes / 4_096, bsize: 4_096 }),
}))

const duckdb = everyEngine.filter(({ engine }) => engine === 'DuckDB')

it.each(duckdb)(
  'invariant 5: on $engine a write is refused before a commit that the disk has no room for',
  async ({ open }) => {
    const store = await open()
    onTestFinished(store.drop)
    const { db, close } = await serve(store.address)
    onTestFinished(close)
    const bar = { ts_code: '600519.SH', trade_date: '2024-01-02' }
    await db.daily.upsert([{ ...bar, close: 1 }])
    freeBytes = 15 * 2 ** 20
    await expect(db.daily.upsert([{ ...bar, close: 2 }])).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringMatching(
        /^the disk of the database file is full: it has less than 17 MB free; nothing was written/,
      ),
    })
    freeBytes = 17 * 2 ** 20
    const many = Array.from({ length: 20_000 }, (_, at) => ({ ...bar, ts_code: `${at}.SH`, close: at }))
    await expect(db.daily.upsert(many)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    await expect(db.daily.delete({ symbols: ['600519.SH'] })).resolves.toMatchObject({ deleted: 1 })
    freeBytes = Number.POSITIVE_INFINITY
    expect(await db.daily.upsert(many)).toMatchObject({ inserted: 20_000 })
    expect((await db.daily.range({ fields: ['close'] })).numRows).toBe(20_000)
  },
)
