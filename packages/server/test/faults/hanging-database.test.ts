import { connect } from '@stockdb/client'
import { createDatabase } from '@stockdb/testing/database'
import { startPrivateServer } from '@stockdb/testing/private-server'
import { expect, it, onTestFinished } from 'vitest'
import { outcomeOf } from '../support/failure.ts'
import { fillDaily } from '../support/fill-daily.ts'
import { runProgram, startServing } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const DRAIN_MS = 300
/** Extra time: calls are aborted, and nothing waits for a database that does not answer. */
const REST_MS = 5_000

it('invariant 2: stockdb serve exits in time although its database hangs, and answers waiting callers', async () => {
  const database = await startPrivateServer()
  onTestFinished(() => database.stop())
  const { url } = await createDatabase(database.url)
  expect((await runProgram(['migrate', '--database', url])).code).toBe(0)
  await fillDaily(url, 300, 1_000)
  const args = ['--database', url, '--data', temporaryFolder(), '--drain-timeout', String(DRAIN_MS)]
  const server = await startServing(args)
  onTestFinished(() => void server.child.kill('SIGKILL'))
  const db = await connect(server.url, { retries: 0 })
  // Idle connections, and one in the middle of its rows, when the database hangs.
  await Promise.all(Array.from({ length: 5 }, () => db.daily.range({ symbols: ['000007.SZ'] })))
  const stream = db.daily.stream()
  await stream.next()
  await database.kill('SIGSTOP')
  onTestFinished(() => database.kill('SIGCONT'))
  const waiting = outcomeOf(db.daily.range({ symbols: ['000008.SZ'] }))
  const rest = async (): Promise<void> => {
    for await (const _ of stream);
  }
  const streaming = outcomeOf(rest())
  const signalledAt = performance.now()
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
  expect(performance.now() - signalledAt).toBeLessThan(DRAIN_MS + REST_MS)
  expect((await waiting).error?.code).toMatch(/^(SHUTTING_DOWN|INCOMPLETE_ANSWER|UNREACHABLE)$/)
  expect((await streaming).error?.code).toMatch(/^(SHUTTING_DOWN|INCOMPLETE_ANSWER)$/)
})
