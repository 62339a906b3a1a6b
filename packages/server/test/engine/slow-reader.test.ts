import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@stockdb/client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fillDaily } from '../support/fill-daily.ts'
import { msUntilIdle } from '../support/idle-database.ts'
import { watchAccount } from '../support/process-list.ts'
import { runProgram, startServing } from '../support/program.ts'
import { residentBytes } from '../support/resident-bytes.ts'
import { times } from '../support/scale.ts'
import { mysqlMakers } from '../support/stores.ts'

const SYMBOLS = times(600, 1_000)
const ROWS = SYMBOLS * 1_000
const GROWTH_BYTES = 60 * 2 ** 20

describe.each(mysqlMakers.slice(0, 1))('a reader that stalls, on $engine', ({ open }) => {
  it('invariants 1 and 3: costs at most two batches of memory, and its query ends when it leaves', {
    timeout: 120_000,
  }, async () => {
    const store = await open()
    onTestFinished(() => store.drop())
    await runProgram(['migrate', '--database', store.address])
    await fillDaily(store.address, SYMBOLS, 1_000)
    const account = await watchAccount(store.address)
    onTestFinished(() => account.close())
    const program = await startServing(['--database', account.address, '--log-level', 'silent'])
    onTestFinished(async () => {
      program.child.kill('SIGKILL')
      await program.ended
    })
    const pid = program.child.pid ?? 0
    const db = await connect(program.url)
    // Warm-up: the heap reaches its size with the first answers.
    for (let round = 0; round < 2; round++) {
      for await (const batch of db.daily.stream({ limit: 300_000 })) expect(batch.numRows).toBeGreaterThan(0)
    }
    const before = residentBytes(pid)
    let most = before
    const look = (): void => {
      most = Math.max(most, residentBytes(pid))
    }

    let rows = 0
    for await (const batch of db.daily.stream()) {
      rows += batch.numRows
      if (rows < 300_000) await sleep(150)
      look()
    }
    expect(rows).toBe(ROWS)

    for await (const batch of db.daily.stream()) {
      expect(batch.numRows).toBe(16_384)
      for (let time = 0; time < 20; time++) {
        await sleep(50)
        look()
      }
      expect(await account.running()).toHaveLength(1)
      break
    }
    await msUntilIdle(account)
    expect(most - before).toBeLessThan(GROWTH_BYTES)
  })
})
