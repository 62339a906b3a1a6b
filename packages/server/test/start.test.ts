import { describe, expect, it, onTestFinished } from 'vitest'
import { capturedLog } from './support/captured-log.ts'
import { serve } from './support/serve.ts'
import { sql } from './support/sql.ts'
import { everyEngine } from './support/stores.ts'

describe.each(everyEngine)('starting a server on $engine', ({ open }) => {
  it('warns which datasets have no table in a database of others', async () => {
    const store = await open()
    onTestFinished(() => store.drop())
    await sql(store.address, 'create table mine (a integer)')
    const { log, lines } = capturedLog()
    const { close } = await serve(store.address, { log, tables: false })
    onTestFinished(close)
    await expect
      .poll(() => lines.map(({ msg }) => msg), { timeout: 20_000 })
      .toContainEqual(expect.stringMatching(/^0 of \d+ datasets can be served; \d+ have no table \(stock_basic, /))
  })
})
