import type { Vector } from '@stockdb/contract/wire'
import { createLog, type Engine, openEngine } from '@stockdb/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReadQuery } from '../../../src/engine/engine.ts'
import { mysqlMakers, type Store } from '../../support/stores.ts'

type TextVector = Extract<Vector, { type: 'text' }>

/** Bytes of the longest packet; of so many or more, the next packet continues it. */
const FULL = 2 ** 24 - 1
/** What a row has besides a text of more than 65,535 bytes: a status, which columns are null, the length of the text. */
const AROUND = 1 + 1 + 4

describe.each(mysqlMakers)('long texts on $engine', ({ open }) => {
  let store: Store
  let engine: Engine
  beforeAll(async () => {
    store = await open()
    engine = openEngine(store.address, createLog('silent'))
  })
  afterAll(async () => {
    await engine.close()
    await store.drop()
  })

  const textOf = (sql: string): ReadQuery => ({
    sql,
    parameters: [],
    columns: [{ name: 't', type: 'text', nullable: false }],
  })
  const texts = async (sql: string): Promise<(string | null)[]> => {
    const found: (string | null)[] = []
    for await (const { batch } of engine.read(textOf(sql), new AbortController().signal))
      found.push(...(batch.vectors[0] as TextVector).values)
    return found
  }
  /** A text of so many bytes, with other letters at its ends. */
  const long = (bytes: number) => `concat('<', repeat('x', ${bytes - 2}), '>') as t`

  it.each([250, 251, 252, 255, 256, 65_535, 65_536, FULL - AROUND - 1, FULL - AROUND, FULL - AROUND + 1])(
    'of %i bytes arrive whole, and the rows behind them',
    async (bytes) => {
      const found = await texts(`select ${long(bytes)} union all select 'next' union all select ${long(bytes)}`)
      expect(found.map((text) => text?.length)).toEqual([bytes, 4, bytes])
      for (const text of [found[0], found[2]]) {
        expect(text?.startsWith('<xx') && text.endsWith('xx>')).toBe(true)
        expect(/^<x+>$/.test(text ?? '')).toBe(true)
      }
    },
  )

  it('fill batches by their length, each of which waits to be taken', async () => {
    const million = long(2 ** 20)
    const query = textOf(Array.from({ length: 20 }, () => `select ${million}`).join(' union all '))
    const sizes: number[] = []
    for await (const { batch } of engine.read(query, new AbortController().signal)) sizes.push(batch.numRows)
    expect(sizes).toEqual([8, 8, 4])
  })
})
