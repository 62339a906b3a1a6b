import { join } from 'node:path'
import type { connect } from '@stockdb/client'
import { date, defineCatalogue, defineDataset, float64, symbol } from '@stockdb/contract'
import { expect, it, onTestFinished, vi } from 'vitest'
import { loggedMaker } from '../support/logged-server.ts'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const QUESTION = { symbols: ['600519.SH'], fields: ['close'] } as const

const declaring = (column: string) =>
  defineCatalogue({
    px: defineDataset({
      name: 'px',
      managed: false,
      description: 'Bars',
      fields: { code: symbol.required('Code'), day: date.required('Day'), close: float64('Close', { column }) },
      ...{ key: ['code', 'day'], symbol: 'code', date: 'day' },
    }),
  })

it('what a client keeps is not given for tables that the server declares otherwise since', async () => {
  const store = await loggedMaker.open()
  onTestFinished(store.drop)
  await sql(
    store.address,
    'create table px (code varchar(12), day date, raw double, adjusted double, primary key (code, day))',
    "insert into px values ('600519.SH', '2024-01-02', 1, 2)",
  )
  const start = (column: string) =>
    serve(store.address, { catalogue: declaring(column), tables: false, bounds: { cacheMaxAgeMs: 0 } })
  let running = await start('raw')
  onTestFinished(() => running.close())
  const dir = join(temporaryFolder(), 'cache')
  /** Of the same address, whichever server is there, as after a restart; as another process, with nothing in memory. */
  const open = async () => {
    vi.resetModules()
    const { connect: fresh } = (await import('@stockdb/client')) as { connect: typeof connect }
    return fresh<ReturnType<typeof declaring>>('http://stockdb.test', {
      cache: { dir, maxAge: 0 },
      fetch: (input, init) => fetch(String(input).replace('http://stockdb.test', running.server.url), init),
    })
  }
  const db = await open()
  const ask = async (client = db) => {
    const { columns, meta } = await client.px.range(QUESTION)
    return [...columns.close, meta.cache?.from]
  }
  await ask()
  expect(await ask()).toEqual([1, 'client'])
  await expect.poll(async () => ask(await open())).toEqual([1, 'client'])
  await running.close()
  running = await start('adjusted')
  expect(await ask(await open())).toEqual([2, undefined])
  expect((await ask())[0]).toBe(2)
  await running.close()
  // What is declared again as before needs no new answer.
  running = await start('adjusted')
  expect(await ask()).toEqual([2, 'client'])
}, 120_000)
