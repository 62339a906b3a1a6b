import { describe, expect, it } from 'vitest'
import { byEngine } from '../support/engines.ts'
import { fillDaily } from '../support/fill-daily.ts'
import { serve } from '../support/serve.ts'
import { enginesOfRun } from '../support/stores.ts'

describe.each(enginesOfRun)('temporary disk on $engine', ({ open }) => {
  it('a query that sorts a product of tables is refused beyond the limit, and uses no disk on SQLite', {
    timeout: 90_000,
  }, async () => {
    const store = await open()
    const served = await serve(store.address, { bounds: { maxTempDiskBytes: 2 ** 20, statementTimeoutMs: 60_000 } })
    try {
      // Four million rows: more than MySQL keeps in memory. A million fit into SQLite's subprocess.
      await fillDaily(store.address, 20, byEngine(store.address, { mysql: 450, sqlite: 220, duckdb: 1_000 }))
      const product = served.db.query
        .selectFrom('daily as a')
        .innerJoin('daily as b', 'a.ts_code', 'b.ts_code')
        .select(['a.close', 'b.close as other', 'b.vol'])
        .distinct()
        .orderBy('close')
      const first = async (): Promise<number | undefined> => {
        for await (const { close } of product.stream(1_000)) return close ?? undefined
      }
      const answer = await first().catch((error: unknown) => error)
      const version = await served.server.engine.version()
      if (version.startsWith('SQLite')) expect(answer).toBe(0)
      else expect(answer).toMatchObject({ code: 'QUERY_REFUSED', message: expect.stringMatching(/--max-temp-disk/) })
    } finally {
      await served.close()
      await store.drop()
    }
  })
})
