import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../../support/serve.ts'
import { oneOfEachEngine, type Store } from '../../support/stores.ts'
import { writeRows } from '../../support/write-rows.ts'
import { known } from './known-datasets.ts'

const RUNS = Number(process.env.STOCKDB_TEST_RUNS ?? 250)
/** The same cases every time, unless a seed is given. */
const SEED = Number(process.env.STOCKDB_TEST_SEED ?? 20_240_102)

interface Report {
  readonly period: string
  readonly kind: string | null
  readonly announced: string | null
  readonly actual: string | null
  readonly flag: string | null
}

/** A report, identified by its profit. */
interface Numbered extends Report {
  readonly profit: number
}

interface Asked {
  readonly date: string
  readonly periods: number
  readonly sameDay: boolean
}

const PERIODS = ['2023-06-30', '2023-09-30', '2023-12-31', '2024-03-31']
const DAYS = Array.from({ length: 5 }, (_, at) => `2024-04-1${at}`)

const orNone = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { freq: 4 })
const report: fc.Arbitrary<Report> = fc.record({
  period: fc.constantFrom(...PERIODS),
  kind: fc.constantFrom('1', '1', '1', '1', '4', null),
  announced: orNone(fc.constantFrom(...DAYS)),
  actual: orNone(fc.constantFrom(...DAYS)),
  flag: orNone(fc.constantFrom('0', '1')),
})
const keyOf = ({ period, kind, announced, actual, flag }: Report): string =>
  JSON.stringify([period, kind, announced, actual, flag])
/** Rows of one symbol with distinct keys; later ones are announced repeatedly. */
const reports = fc
  .uniqueArray(report, { selector: keyOf, minLength: 1, maxLength: 24 })
  .map((rows): Numbered[] => rows.map((row, at) => ({ ...row, profit: at + 1 })))
const asked: fc.Arbitrary<Asked> = fc.record({
  date: fc.constantFrom(...DAYS),
  periods: fc.integer({ min: 1, max: 4 }),
  sameDay: fc.boolean(),
})

/** The date on which a report was known, if any. */
const knownOn = ({ announced, actual }: Report): string | undefined => actual ?? announced ?? undefined

function wasKnown(row: Report, { date, sameDay }: Asked): boolean {
  const day = knownOn(row)
  return day !== undefined && (sameDay ? day <= date : day < date)
}

/** The answer by a plain loop: the newest periods, each in the version announced last, updates after originals. */
function expected(rows: readonly Numbered[], asked: Asked): number[] {
  const last = new Map<string, Numbered>()
  for (const row of rows) {
    if (row.kind !== '1' || !wasKnown(row, asked)) continue
    const best = last.get(row.period)
    if (!best || after(row, best)) last.set(row.period, row)
  }
  return [...last.values()]
    .sort((a, b) => (a.period < b.period ? 1 : -1))
    .slice(0, asked.periods)
    .map(({ profit }) => profit)
}

function after(one: Report, other: Report): boolean {
  const order = (row: Report) => [knownOn(row), row.flag, row.announced, row.actual].map((part) => part ?? '')
  const [a, b] = [order(one), order(other)]
  const at = a.findIndex((part, index) => part !== b[index])
  return at >= 0 && (a[at] as string) > (b[at] as string)
}

describe.each(oneOfEachEngine)('statements as of a date, on $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof known>
  let cases = 0
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address, { catalogue: known })
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  async function write(code: string, rows: readonly Numbered[]): Promise<void> {
    const values = rows.map((row) => [code, row.period, row.kind, row.announced, row.actual, row.flag, row.profit])
    await writeRows(served.server.engine, known.report, values)
    await writeRows(served.server.engine, known.text_report, values)
  }

  async function answers(code: string, asked: Asked): Promise<number[][]> {
    const frames = await Promise.all(
      (['report', 'text_report'] as const).map((name) =>
        served.db[name].asOf({ ...asked, symbols: [code], unknownSymbols: 'ignore', fields: ['profit'] }),
      ),
    )
    return frames.map(({ columns }) => [...columns.profit])
  }

  it(`equal a plain loop over the rows, whatever is announced later: ${RUNS} cases`, {
    timeout: 300_000,
  }, async () => {
    let found = 0
    await fc.assert(
      fc.asyncProperty(reports, asked, async (rows, asked) => {
        const code = `S${cases++}`
        const wanted = expected(rows, asked)
        // First rows known by the date, or never known; then the future.
        await write(
          code,
          rows.filter((row) => wasKnown(row, asked) || knownOn(row) === undefined),
        )
        expect(await answers(code, asked)).toEqual([wanted, wanted])
        await write(
          code,
          rows.filter((row) => !wasKnown(row, asked) && knownOn(row) !== undefined),
        )
        expect(await answers(code, asked)).toEqual([wanted, wanted])
        found += wanted.length
      }),
      { numRuns: RUNS, seed: SEED },
    )
    expect(found).toBeGreaterThan(RUNS)
  })
})
