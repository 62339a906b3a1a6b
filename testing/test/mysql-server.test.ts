import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { describe, expect, inject, it } from 'vitest'
import { openTestServers, titlesOf } from '../src/mysql-server.ts'

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

describe('STOCKDB_TEST_MYSQL', () => {
  it('takes the addresses of running servers, in order', async () => {
    const addresses = inject('mysqlServers')
    const servers = await openTestServers({ setting: [...addresses].reverse().join(' , ') })
    expect(servers.urls).toEqual([...addresses].reverse())
    expect(servers.names.every((name) => /^(MariaDB|MySQL) \d+\.\d+/.test(name))).toBe(true)
  })

  it('says in one sentence which address refuses, without its password', async () => {
    const closed = createServer()
    const port = await listen(closed)
    closed.close()
    await once(closed, 'close')
    const attempt = openTestServers({ setting: `mysql://somebody:secret@127.0.0.1:${port}` })
    await expect(attempt).rejects.toThrow(
      `STOCKDB_TEST_MYSQL names 127.0.0.1:${port}, which does not answer (connect ECONNREFUSED 127.0.0.1:${port}): start that server, correct the address, or unset the variable.`,
    )
  })

  it('does not wait beyond the timeout for a silent address', async () => {
    const silent = createServer(() => undefined)
    const port = await listen(silent)
    const begin = performance.now()
    await expect(openTestServers({ setting: `mysql://root@127.0.0.1:${port}`, answerTimeoutMs: 500 })).rejects.toThrow(
      `STOCKDB_TEST_MYSQL names 127.0.0.1:${port}, which does not answer`,
    )
    expect(performance.now() - begin).toBeLessThan(3_000)
    silent.close()
  })

  it.each(['127.0.0.1:3306', 'postgres://root@127.0.0.1:5432', 'privat'])('refuses %s', async (setting) => {
    await expect(openTestServers({ setting })).rejects.toThrow('one of its entries is none of these')
  })
})

it('names servers in test titles by product and version, and by all that is known where two are alike', () => {
  expect(titlesOf(['MariaDB 10.11.14 (private)', 'MySQL 9.7.0 (127.0.0.1:3306)'])).toEqual([
    'MariaDB 10.11',
    'MySQL 9.7',
  ])
  const alike = ['MariaDB 10.11.14 (private)', 'MariaDB 10.11.14 (hostile)']
  expect(titlesOf(alike)).toEqual(alike)
})
