import { DatabaseSync } from 'node:sqlite'
import { type Tushare, tushare } from '@stockdb/contract'
import { createLog, type Engine, openEngine } from '@stockdb/server'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { translateMysqlError } from '../../src/engine/mysql/errors.ts'
import { retryConflicts } from '../../src/engine/retry-conflicts.ts'
import { WriteConflict } from '../../src/engine/write-conflict.ts'
import { importFile } from '../../src/ingest/import-file.ts'
import { bar, fileOf, header } from '../support/bar-file.ts'
import { type Served, serve } from '../support/serve.ts'
import { mysqlMakers, type Store, sqliteMaker } from '../support/stores.ts'

/** A little more than two chunks, so that the first chunks of two files in opposite orders do not overlap. */
const ROWS = 8_200
const codes = Array.from({ length: ROWS }, (_, n) => `D${String(n).padStart(5, '0')}`)
const fileFrom = (order: readonly string[], close: string): string =>
  fileOf([header, ...order.map((code) => bar(code, '20240102', close)), ''].join('\n'))
const load = (engine: Engine, file: string): Promise<number> =>
  importFile(engine, file, {
    ...{ dataset: tushare.daily, ignoreUnknown: false, signal: new AbortController().signal, onProgress: () => {} },
  }).then(({ rows }) => rows)

/** Wraps the engine: its first transaction pauses after its first rows until `met` resolves; `begun` counts transactions. */
function meeting(engine: Engine, arrive: () => Promise<void>): Engine & { begun: number } {
  return Object.assign(Object.create(engine) as Engine, {
    begun: 0,
    describe: engine.describe.bind(engine),
    read: engine.read.bind(engine),
    async begin(this: { begun: number }, signal: AbortSignal) {
      const first = ++this.begun === 1
      const transaction = await engine.begin(signal)
      let rows = 0
      return {
        upsert: async (...given: Parameters<typeof transaction.upsert>) => {
          const counts = await transaction.upsert(...given)
          if (first && rows++ === 0) await arrive()
          return counts
        },
        run: (...given: Parameters<typeof transaction.run>) => transaction.run(...given),
        commit: () => transaction.commit(),
        rollback: () => transaction.rollback(),
      }
    },
  })
}

describe.each(mysqlMakers)('conflicting imports on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it('invariant 5: two imports that deadlock both complete', async () => {
    const engines = [0, 1].map(() => openEngine(store.address, createLog('silent')))
    const bothWrote = Promise.withResolvers<void>()
    let arrived = 0
    const arrive = (): Promise<void> => {
      if (++arrived === 2) bothWrote.resolve()
      return bothWrote.promise
    }
    try {
      // Existing rows are locked one by one.
      await load(served.server.engine, fileFrom(codes, '1'))
      const [forward, backward] = engines.map((engine) => meeting(engine, arrive))
      if (!forward || !backward) throw new Error('two engines are needed')
      const files = [fileFrom(codes, '2'), fileFrom(codes.toReversed(), '2')] as const
      expect(await Promise.all([load(forward, files[0]), load(backward, files[1])])).toEqual([ROWS, ROWS])
      expect(forward.begun + backward.begun).toBeGreaterThan(2)
      const { columns } = await served.db.daily.at({ date: '2024-01-02', fields: ['close'] })
      expect([columns.close.length, new Set(columns.close)]).toEqual([ROWS, new Set([2])])
    } finally {
      for (const engine of engines) await engine.close()
    }
  })
})

describe.each([sqliteMaker])('conflicting imports on $engine', ({ open }) => {
  it('an import waits for another writer for longer than SQLite would', async () => {
    const store = await open()
    const served = await serve(store.address)
    const other = new DatabaseSync(store.address.slice('sqlite:'.length))
    try {
      other.exec('begin immediate')
      // A wait inside SQLite would block this thread, and with it the timer.
      setTimeout(() => other.exec('rollback'), 100)
      expect(await load(served.server.engine, fileFrom(codes.slice(0, 10), '1'))).toBe(10)
    } finally {
      other.close()
      await served.close()
      await store.drop()
    }
  }, 60_000)
})

it.each([
  [1205, 'another session held a lock for longer than the database waits, at every attempt; nothing was written'],
  [1213, 'every attempt conflicted with another write; nothing was written'],
])('the error %i of MySQL says what was in the way', (errno, message) => {
  expect(translateMysqlError({ errno, code: 'X' })).toMatchObject({ code: 'DATABASE_INTERRUPTED', message })
})

it('an import says why it is not done yet', async () => {
  const store = await sqliteMaker.open()
  onTestFinished(store.drop)
  const served = await serve(store.address)
  onTestFinished(() => served.close())
  const { engine } = served.server
  const conflicts = [new WriteConflict(undefined, { isLockWait: true }), new WriteConflict(undefined)]
  const begin: Engine['begin'] = async (signal) => {
    const conflict = conflicts.shift()
    if (conflict) throw conflict
    return engine.begin(signal)
  }
  const said: string[] = []
  const { rows } = await importFile(
    Object.assign(Object.create(engine) as Engine, {
      ...{ begin, describe: engine.describe.bind(engine), read: engine.read.bind(engine) },
    }),
    fileFrom(codes.slice(0, 10), '1'),
    {
      ...{ dataset: tushare.daily, ignoreUnknown: false, signal: new AbortController().signal, onProgress: () => {} },
      onConflict: (reason) => said.push(reason),
    },
  )
  expect([rows, said]).toEqual([
    10,
    ['another session holds a lock; trying again', 'another write was in the way; trying again'],
  ])
})

it('an import with repeated conflicts gives up, with a message', async () => {
  let attempts = 0
  const attempt = (): Promise<never> => {
    attempts++
    return Promise.reject(new WriteConflict(undefined))
  }
  const failing = retryConflicts(attempt, new AbortController().signal, { firstWaitMs: 1 })
  await expect(failing).rejects.toMatchObject({
    code: 'DATABASE_INTERRUPTED',
    message: expect.stringMatching(/another write/),
  })
  expect(attempts).toBe(8)
})
