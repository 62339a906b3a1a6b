import { join } from 'node:path'
import { connect, defineFactor, tushare } from '@stockdb/client'
import { defineCatalogue, float64 } from '@stockdb/contract'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeToken, type TokenOrder } from '../../src/access/token.ts'
import { changeTokens } from '../../src/access/token-file.ts'
import { type Served, serve } from '../support/serve.ts'
import { type Store, sqliteMaker } from '../support/stores.ts'

const alpha = defineFactor({ name: 'my_alpha', description: 'A factor', fields: { value: float64('The factor') } })
const other = { ...alpha, name: 'other_alpha' } as const
const catalogue = defineCatalogue({ adj_factor: tushare.adj_factor })

let store: Store
let served: Served<typeof catalogue>

const orders = {
  all: { name: 'all', scopes: ['read', 'write', 'admin'] },
  reader: { name: 'reader', scopes: ['read'] },
  writer: { name: 'writer', scopes: ['read', 'write'] },
  limited: { name: 'limited', scopes: ['read', 'write', 'admin'], datasets: ['adj_factor', 'my_alpha'] },
} as const satisfies Record<string, TokenOrder>
const made = Object.fromEntries(Object.entries(orders).map(([name, order]) => [name, makeToken(order, new Date())]))

const clientOf = (name: keyof typeof orders) =>
  connect<typeof catalogue>(served.server.url, { token: made[name]?.secret ?? '', retries: 0 })

beforeAll(async () => {
  store = await sqliteMaker.open()
  const file = join(store.address.slice('sqlite:'.length).replace(/[^/]*$/, ''), 'tokens.json')
  await changeTokens(file, () => Object.values(made).map(({ token }) => token))
  served = await serve(store.address, { catalogue, tokens: file, token: made.all?.secret ?? '' })
})
afterAll(async () => {
  await served.close()
  await store.drop()
})

it('defining takes the scope write, dropping admin, and the owner is the token', async () => {
  const reader = await clientOf('reader')
  const writer = await clientOf('writer')
  await expect(reader.factors.define(alpha)).rejects.toThrow('requires scope "write"; token "reader" has "read"')
  await writer.factors.define(alpha)
  await expect(writer.factors.drop('my_alpha')).rejects.toThrow('requires scope "admin"; token "writer" has')
  expect((await reader.factors.list()).map(({ name, owner }) => [name, owner])).toEqual([['my_alpha', 'writer']])
  await served.db.factors.drop('my_alpha')
})

it('a token for some datasets reaches only the factors among them', async () => {
  const limited = await clientOf('limited')
  await limited.factors.define(alpha)
  await expect(limited.factors.define(other)).rejects.toThrow(
    'the token "limited" may not write other_alpha; its datasets are adj_factor, my_alpha',
  )
  const theirs = await served.db.factors.define(other)
  await theirs.upsert([{ ts_code: 'A', trade_date: '2024-01-02', value: 1 }])
  const unseen = limited.dataset<typeof other>('other_alpha')
  await expect(unseen.range()).rejects.toThrow('the token "limited" may not read other_alpha')
  await expect(unseen.upsert([])).rejects.toThrow('the token "limited" may not write other_alpha')
  await expect(limited.factors.drop('other_alpha')).rejects.toThrow('the token "limited" may not write other_alpha')
  expect((await limited.factors.list()).map(({ name }) => name)).toEqual(['my_alpha'])
  expect(Object.keys((await limited.meta.info()).datasets)).toEqual(['adj_factor', 'my_alpha'])
  await expect(unseen.watch().next()).rejects.toThrow('the token "limited" may not read other_alpha')
})

it('nobody learns which factors exist without a token', async () => {
  const answer = await fetch(`${served.server.url}/trpc/other_alpha.range`)
  expect(answer.status).toBe(401)
  expect((await fetch(`${served.server.url}/trpc/no_alpha.range`)).status).toBe(401)
})
