import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, connect, type Tushare } from '@stockdb/client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runProgram, startServing } from '../support/program.ts'
import { times } from '../support/scale.ts'
import { sharedMakers } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const MS = times(3_000, 60_000)
const TIMEOUT_MS = 60_000 + 4 * MS
const SYMBOLS = Array.from({ length: 8 }, (_, at) => `S${at}`)
const DAYS = ['2024-01-02', '2024-01-03', '2024-01-04']

type Db = Client<Tushare>

interface Heard {
  /** The numbers of the writes that arrived, in their order. */
  readonly sequences: number[]
  /** What is wrong with the rows of an event. */
  readonly wrong: string[]
}

/** Follows every change until `last` is reached, connecting again after a few events by the number of the last one. */
async function resuming(
  db: Db,
  symbols: readonly string[] | undefined,
  since: number,
  isEnd: (sequence: number) => boolean,
): Promise<Heard> {
  const heard: Heard = { sequences: [], wrong: [] }
  let from = since
  for (let taken = 1; ; taken++) {
    let left = 1 + (taken % 5)
    for await (const change of db.adj_factor.watch({ since: from, ...(symbols ? { symbols } : {}) })) {
      if (!change.complete) heard.wrong.push(`lost before ${change.sequence}`)
      if (isEnd(change.sequence)) return heard
      heard.sequences.push(change.sequence)
      from = change.sequence
      if (--left === 0) break
    }
  }
}

/** Follows the rows of every change. All rows that one write sets have its value, and later ones have larger values. */
async function tailing(db: Db, since: number, isEnd: (sequence: number) => boolean): Promise<Heard> {
  const heard: Heard = { sequences: [], wrong: [] }
  for await (const { sequence, frame, deleted } of db.adj_factor.tail({ since })) {
    if (isEnd(sequence)) return heard
    heard.sequences.push(sequence)
    if (deleted) continue
    const values = new Set(frame?.columns.adj_factor)
    if (values.size !== 1) heard.wrong.push(`${sequence}: ${[...values]}`)
  }
  return heard
}

/** Reads the changes page by page. */
async function paging(db: Db, since: number, isEnd: (sequence: number) => boolean): Promise<Heard> {
  const heard: Heard = { sequences: [], wrong: [] }
  for (let from = since; ; ) {
    const { changes, last, complete } = await db.changes({ since: from, limit: 7 })
    if (!complete) heard.wrong.push(`lost after ${from}`)
    for (const { sequence } of changes) {
      if (isEnd(sequence)) return heard
      heard.sequences.push(sequence)
    }
    from = last
    if (changes.length === 0) await sleep(20)
  }
}

const rowsOf = (adj_factor: number) =>
  SYMBOLS.flatMap((ts_code) => DAYS.map((trade_date) => ({ ts_code, trade_date, adj_factor })))

/** A client of a server in a process of its own. */
async function serving(address: string): Promise<Db> {
  const options = ['--data', temporaryFolder(), '--log-level', 'warn']
  const { url, child, ended } = await startServing(['--database', address, ...options])
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await ended
  })
  return connect<Tushare>(url, { timeoutMs: 60_000 })
}

describe.each(sharedMakers)('changes beside writers in several processes, on $engine', ({ open }) => {
  it('are each heard once, in order, and their rows are of one state', { timeout: TIMEOUT_MS }, async () => {
    const store = await open()
    onTestFinished(() => store.drop())
    await runProgram(['migrate', '--apply', '--database', store.address])
    const [first, second] = [await serving(store.address), await serving(store.address)]
    const { sequence: since } = await first.adj_factor.upsert(rowsOf(1))
    let end: number | undefined
    const isEnd = (sequence: number): boolean => sequence === end || (end !== undefined && sequence > end)
    const listeners = [first, second].flatMap((db) => [
      resuming(db, undefined, since, isEnd),
      resuming(db, SYMBOLS.slice(0, 4), since, isEnd),
      tailing(db, since, isEnd),
      paging(db, since, isEnd),
    ])
    const written: number[] = []
    const stopAt = performance.now() + MS
    let value = 1
    const writer = async (db: Db, own: number): Promise<void> => {
      while (performance.now() < stopAt) {
        const turn = ++value
        // All rows of a write have its value; every write sets all of them, or deletes one day of all.
        if (turn % 11 === 0) {
          const { sequence } = await db.adj_factor.delete({ start: DAYS[own % 3], end: DAYS[own % 3] })
          written.push(sequence)
          continue
        }
        written.push((await db.adj_factor.upsert(rowsOf(turn))).sequence)
      }
    }
    const file = join(temporaryFolder(), 'factors.csv')
    const importer = async (): Promise<void> => {
      while (performance.now() < stopAt) {
        const lines = rowsOf(++value).map((row) => Object.values(row).join())
        writeFileSync(file, ['ts_code,trade_date,adj_factor', ...lines, ''].join('\n'))
        const done = await runProgram(['import', file, '--dataset', 'adj_factor', '--database', store.address])
        expect(done).toMatchObject({ code: 0 })
      }
    }
    await Promise.all([writer(first, 0), writer(first, 1), writer(second, 2), importer()])
    end = (await second.adj_factor.upsert(rowsOf(1e9))).sequence
    const heard = await Promise.all(listeners)
    // Numbers have no gaps; those of imports are among them.
    const all = Array.from({ length: end - since - 1 }, (_, at) => since + 1 + at)
    expect(all).toEqual(expect.arrayContaining(written))
    for (const [at, { sequences, wrong }] of heard.entries()) {
      expect([at, wrong.slice(0, 5)]).toEqual([at, []])
      expect(sequences, String(at)).toEqual(all)
    }
    console.log(
      `${all.length} writes, of which ${all.length - written.length} are imports, each heard ${listeners.length} times`,
    )
    expect(written.length).toBeGreaterThan(10)
  })
})
