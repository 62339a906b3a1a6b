import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { CommitMark, TableVersion } from '../../src/engine/engine.ts'
import { FormatCheck } from '../../src/engine/format-check.ts'

/** A database with a table, and a clock. */
function database({ versions = true, logs = false, tookMs = 0, quick = true, isDoubtful = false } = {}) {
  let now = 1_000_000
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  onTestFinished(() => void vi.restoreAllMocks())
  const state = { written: 0, others: 0, ours: 0, bad: undefined as string | undefined, down: false }
  const counts = { searches: 0, versions: 0, marks: 0 }
  const answer = <T>(value: T): Promise<T> =>
    state.down ? Promise.reject(new Error('the database is down')) : Promise.resolve(value)
  const engine = {
    tableVersion: (): Promise<TableVersion | undefined> => {
      counts.versions++
      return answer(versions ? { text: `${state.written}`, isFresh: false, isDoubtful } : undefined)
    },
    commitMark: (_: AbortSignal, before?: CommitMark): Promise<CommitMark> => {
      counts.marks++
      const text = `${state.others} ${state.ours}`
      const isOurs = before?.text?.split(' ')[0] === `${state.others}`
      return answer({ text: logs ? text : undefined, ...(logs && isOurs ? { written: [] } : {}) })
    },
  }
  const run = async () => {
    counts.searches++
    now += tookMs
    return answer(state.bad)
  }
  const check = new FormatCheck(engine, [{ quick, run }], ['bars'])
  const passMs = (ms: number): void => {
    now += ms
  }
  /** What an answer says: the problem, or whether it vouches. */
  const ask = async () => (await check.problem()) ?? check.vouches()
  return { state, counts, check, passMs, ask }
}

describe('the check of text dates', () => {
  it('asks once a second whether others wrote, and searches indexes before the answer', async () => {
    const { state, counts, check, passMs, ask } = database()
    await check.begin()
    expect(await ask()).toBe(true)
    state.written++
    state.bad = 'bad'
    passMs(999)
    expect(await ask()).toBe(true)
    passMs(1)
    expect(await ask()).toBe('bad')
    state.written++
    state.bad = undefined
    passMs(1_000)
    expect(await ask()).toBe(true)
    expect(counts.searches).toBe(3)
    const before = { ...counts }
    for (let call = 0; call < 100; call++) {
      passMs(100)
      expect(await ask()).toBe(true)
    }
    expect(counts).toEqual({ ...before, versions: before.versions + 10 })
  })

  it('vouches for nothing after a write until a long search has ended, which pauses between two', async () => {
    const { state, counts, check, passMs, ask } = database({ tookMs: 10_000, quick: false })
    await check.begin()
    expect(await ask()).toBe(true)
    passMs(100_000)
    expect(await ask()).toBe(true)
    state.written++
    passMs(1_000)
    for (let second = 101; second < 500; second++) {
      expect(await ask()).toBe(false)
      passMs(1_000)
    }
    expect(counts.searches).toBe(1)
    expect(check.progress()).toEqual({ columns: 1, checked: 0, rows: 0 })
    passMs(2_000)
    await expect.poll(ask).toBe(true)
    expect([counts.searches, check.progress()]).toEqual([2, undefined])
  })

  it('is not void after writes to other tables, and after those of stockdb, which were checked', async () => {
    const { state, counts, check, passMs, ask } = database({ logs: true })
    await check.begin()
    const wait = async () => {
      passMs(1_000)
      expect(await ask()).toBe(true)
    }
    for (; state.others < 5; state.others++) await wait()
    // Another one wrote meanwhile, so that the log does not prove whose write it was.
    state.written++
    state.ours++
    await wait()
    expect(counts.searches).toBe(2)
    for (; state.ours < 5; state.ours++) {
      await wait()
      state.written++
    }
    expect(counts.searches).toBe(2)
    state.written++
    state.others++
    await wait()
    expect(counts.searches).toBe(3)
  })

  it('is void after any commit of others where the version of a table is in doubt', async () => {
    const { state, counts, check, passMs, ask } = database({ logs: true, isDoubtful: true })
    await check.begin()
    passMs(1_000)
    expect([await ask(), counts.searches]).toEqual([true, 1])
    state.ours++
    passMs(1_000)
    expect([await ask(), counts.searches]).toEqual([true, 1])
    state.others++
    passMs(1_000)
    expect([await ask(), counts.searches]).toEqual([true, 2])
  })

  it('is repeated every second where nothing tells of writes, and vouches for a minute at most', async () => {
    const quick = database({ versions: false })
    await quick.check.begin()
    quick.state.bad = 'bad'
    expect(await quick.ask()).toBe(true)
    quick.passMs(1_000)
    expect(await quick.ask()).toBe('bad')
    const long = database({ versions: false, tookMs: 10_000, quick: false })
    await long.check.begin()
    long.passMs(59_000)
    expect(await long.ask()).toBe(true)
    long.passMs(2_000)
    expect(await long.ask()).toBe(false)
    expect(long.counts.searches).toBe(1)
  })

  it('vouches for nothing while the database cannot be asked', async () => {
    const { state, counts, check, passMs, ask } = database()
    await check.begin()
    state.down = true
    passMs(1_000)
    expect(await ask()).toBe(false)
    state.down = false
    passMs(1_000)
    expect([await ask(), counts.searches]).toEqual([true, 1])
  })
})
