import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { startServing } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

it('invariants 7 and 10: every call is in the log under the id that its caller was given, failed or not', async () => {
  const program = await startServing(['--data', temporaryFolder()])
  onTestFinished(() => void program.child.kill('SIGKILL'))
  const good = await fetch(`${program.url}/trpc/daily.range?input={}`)
  const bad = await fetch(`${program.url}/trpc/daily.range?input=${encodeURIComponent('{"limit":-1}')}`)
  const lost = await fetch(`${program.url}/nowhere`)
  const ids = [good, bad, lost].map((response) => response.headers.get('x-request-id'))
  program.child.kill('SIGTERM')
  expect(await program.ended).toBe(0)
  await sleep(0)
  // One JSON object a line, and nothing else.
  const lines = program.stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const calls = ids.map((id) => lines.find((line) => line.requestId === id && line.msg === 'call'))
  expect(calls[0]).toMatchObject({ path: 'daily.range', outcome: 'ok', rows: 0 })
  expect(calls[1]).toMatchObject({ path: 'daily.range', outcome: 'INVALID_INPUT' })
  expect(calls[2]).toMatchObject({ path: '/nowhere', outcome: 'UNKNOWN_PROCEDURE' })
  for (const call of calls) expect(call).toMatchObject({ ms: expect.any(Number), bytes: expect.any(Number) })
})
