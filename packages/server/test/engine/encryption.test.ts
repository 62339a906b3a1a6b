import { createLog, openEngine } from '@stockdb/server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { mysqlMakers } from '../support/stores.ts'

const ENCRYPTED =
  "select count(*) from performance_schema.threads where connection_type = 'SSL/TLS' and processlist_db = database()"

describe.each(mysqlMakers)('the connection to $engine', ({ open }) => {
  it('is encrypted if the address requires it, or fails', async () => {
    const store = await open()
    onTestFinished(() => store.drop())
    const [[version = ''] = []] = (await sql(store.address, 'select version()')) as string[][]
    const serving = serve(`${store.address}?ssl-mode=REQUIRED`)
    // The tests' MariaDB has no certificate.
    if (version.includes('MariaDB')) return expect(serving).rejects.toThrow(/cannot reach/)
    const served = await serving
    onTestFinished(() => served.close())
    expect((await served.db.daily.range()).numRows).toBe(0)
    expect((await served.db.sql('select 1 as n')).numRows).toBe(1)
    const [[connections] = []] = await sql(store.address, ENCRYPTED)
    expect(Number(connections)).toBeGreaterThan(0)
    await expect(serve(`${store.address}?ssl-mode=VERIFY_IDENTITY`)).rejects.toThrow(/cannot reach/)
  })
})

it.each([
  ['ssl=true', 'got the parameter "ssl"; expected ssl-mode alone'],
  ['ssl-mode=maybe', 'got ssl-mode "MAYBE"; expected one of DISABLED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY'],
])('an address with ?%s is refused, not ignored', (parameters, message) => {
  expect(() => openEngine(`mysql://a:b@127.0.0.1/c?${parameters}`, createLog('silent'))).toThrow(message)
})
