import type { Client, Tushare } from '@stockdb/client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { makeToken } from '../../src/access/token.ts'
import { changeTokens } from '../../src/access/token-file.ts'
import { outcomeOf } from '../support/failure.ts'
import { type Served, serve } from '../support/serve.ts'
import { type Store, sqliteMaker } from '../support/stores.ts'

describe('a custom query by a token for one dataset', () => {
  let store: Store
  let served: Served<Tushare>
  let secret: string
  let db: Client<Tushare>

  beforeAll(async () => {
    store = await sqliteMaker.open()
    const tokens = `${store.address.slice('sqlite:'.length)}.tokens`
    const made = makeToken({ name: 'daily-only', scopes: ['read'], datasets: ['daily'] }, new Date())
    secret = made.secret
    await changeTokens(tokens, () => [made.token])
    served = await serve(store.address, { tokens, token: secret })
    db = served.db
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it('is answered if it uses only that dataset', async () => {
    expect(
      await db.query
        .selectFrom('daily as a')
        .innerJoin('daily as b', 'a.ts_code', 'b.ts_code')
        .select('a.close')
        .execute(),
    ).toEqual([])
    // Here the name of a dataset is an alias of something else.
    const named = db.query.with('adj_factor', (qb) => qb.selectFrom('daily').select('close'))
    expect(await named.selectFrom('adj_factor').selectAll().execute()).toEqual([])
  })

  const places: Record<string, () => Promise<unknown>> = {
    from: () => db.query.selectFrom('adj_factor').select('adj_factor').execute(),
    'from, by another name': () => db.query.selectFrom('adj_factor as daily').select('daily.adj_factor').execute(),
    join: () =>
      db.query
        .selectFrom('daily')
        .innerJoin('adj_factor', 'adj_factor.ts_code', 'daily.ts_code')
        .select('close')
        .execute(),
    'a subquery in from': () =>
      db.query
        .selectFrom((eb) => eb.selectFrom('adj_factor').select('adj_factor').as('daily'))
        .selectAll()
        .execute(),
    'a subquery in select': () =>
      db.query
        .selectFrom('daily')
        .select((eb) =>
          eb
            .selectFrom('adj_factor')
            .select((inner) => inner.fn.max('adj_factor').as('most'))
            .as('most'),
        )
        .execute(),
    'a subquery in where': () =>
      db.query
        .selectFrom('daily')
        .select('close')
        .where((eb) => eb.exists(eb.selectFrom('adj_factor').select('adj_factor')))
        .execute(),
    'a common table expression': () =>
      db.query
        .with('daily', (qb) => qb.selectFrom('adj_factor').select('adj_factor'))
        .selectFrom('daily')
        .selectAll()
        .execute(),
    'a common table expression that nobody reads': () =>
      db.query
        .with('unread', (qb) => qb.selectFrom('adj_factor').select('adj_factor'))
        .selectFrom('daily')
        .select('close')
        .execute(),
    'the second half of a union': () =>
      db.query
        .selectFrom('daily')
        .select('close')
        .unionAll(db.query.selectFrom('adj_factor').select('adj_factor as close'))
        .execute(),
    'a stream': async () => {
      for await (const _ of db.query.selectFrom('adj_factor').select('adj_factor').stream());
    },
    'a frame': () => db.frame(db.query.selectFrom('adj_factor').select('adj_factor')),
  }

  it.each(Object.keys(places))(
    'is refused if it uses another one in %s, before it reaches the database',
    async (place) => {
      const read = vi.spyOn(served.server.engine, 'read')
      const { error } = await outcomeOf(places[place]?.() ?? Promise.resolve())
      expect(error).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('may not read adj_factor') })
      expect(read).not.toHaveBeenCalled()
      read.mockRestore()
    },
  )

  it('cannot learn from a refusal which other datasets exist', async () => {
    const { query } = db.query.selectFrom('daily').select('close').compile()
    const response = await fetch(`${served.server.url}/trpc/query.run`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
      body: JSON.stringify({ query }).replace('"daily"', '"dayly"'),
    })
    const text = await response.text()
    expect([response.status, text]).toEqual([400, expect.stringContaining('there is no dataset')])
    expect(text).toContain('daily')
    expect(text).not.toContain('adj_factor')
  })
})
