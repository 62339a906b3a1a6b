import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { capturedLog } from '../support/captured-log.ts'
import { startServing } from '../support/program.ts'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { sqliteMaker } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

it('invariants 7 and 10: every call, failed or not, is logged under the request id of its caller', async () => {
  const program = await startServing(['--data', temporaryFolder()])
  onTestFinished(() => void program.child.kill('SIGKILL'))
  const good = await fetch(`${program.url}/trpc/daily.range?input={}`)
  const bad = await fetch(`${program.url}/trpc/daily.range?input=${encodeURIComponent('{"limit":-1}')}`)
  const lost = await fetch(`${program.url}/nowhere`)
  const ids = [good, bad, lost].map((response) => response.headers.get('x-request-id'))
  program.child.kill('SIGTERM')
  expect(await program.ended).toBe(0)
  await sleep(0)
  // One JSON object per line, and nothing else.
  const lines = program.stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const calls = ids.map((id) => lines.find((line) => line.requestId === id && line.msg === 'call'))
  expect(calls[0]).toMatchObject({ caller: 'anonymous', path: 'daily.range', outcome: 'ok', rows: 0 })
  expect(calls[0]?.bytes).toBe((await good.text()).length)
  expect(calls[1]).toMatchObject({ path: 'daily.range', outcome: 'INVALID_INPUT' })
  expect(calls[2]).toMatchObject({ path: '/nowhere', outcome: 'UNKNOWN_PROCEDURE' })
  for (const call of calls) {
    for (const name of ['bytes', 'ms', 'queueMs', 'databaseMs', 'encodeMs', 'socketMs']) {
      expect(call?.[name], name).toEqual(expect.any(Number))
    }
  }
})

it('invariant 10: a batch of calls is one line, with the rows of all of them', async () => {
  const store = await sqliteMaker.open()
  onTestFinished(() => store.drop())
  const { log, lines } = capturedLog()
  const { server, close } = await serve(store.address, { log })
  onTestFinished(close)
  await sql(
    store.address,
    "insert into daily (ts_code, trade_date, close) values ('A', '2024-01-02', 1), ('A', '2024-01-03', 2), ('B', '2024-01-02', 3)",
  )
  const inputs = { 0: { symbols: ['A'] }, 1: { symbols: ['B'] } }
  const input = encodeURIComponent(JSON.stringify(inputs))
  const answer = await fetch(`${server.url}/trpc/daily.range,daily.range?batch=1&input=${input}`)
  expect(answer.status).toBe(200)
  await close()
  const line = lines.find(({ path }) => path === 'daily.range,daily.range')
  expect(line).toMatchObject({ rows: 3, outcome: 'ok' })
})

it('invariant 7: the log contains no secrets of the database or of callers', async () => {
  // Nothing listens there, so every call fails and says why.
  const program = await startServing(['--database', 'mysql://quant:hunter2@127.0.0.1:1/stocks', '--log-level', 'debug'])
  onTestFinished(() => void program.child.kill('SIGKILL'))
  const headers = { authorization: 'Bearer correct-horse' }
  await fetch(`${program.url}/trpc/daily.range?input={}&token=correct-horse`, { headers })
  await fetch(`${program.url}/password=correct-horse`, { headers })
  await fetch(`${program.url}/trpc/meta.info`, { headers })
  program.child.kill('SIGTERM')
  await program.ended
  expect(program.stderr).toContain('DATABASE_UNAVAILABLE')
  expect(program.stderr + program.stdout).not.toMatch(/hunter2|correct-horse/)
})

it('is human-readable with --log-format pretty', async () => {
  const program = await startServing(['--data', temporaryFolder(), '--log-format', 'pretty'])
  onTestFinished(() => void program.child.kill('SIGKILL'))
  await fetch(`${program.url}/trpc/meta.info`)
  program.child.kill('SIGTERM')
  await program.ended
  expect(program.stderr).toMatch(/^\[\d\d:\d\d:\d\d\.\d+\] INFO.*call \{.*"path":"meta.info"/m)
})
