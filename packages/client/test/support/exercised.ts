import { tushare } from '@stockdb/client'
import type { StoredValue } from '@stockdb/contract/internal'
import type { StartOptions } from '@stockdb/server'
import { dailyRow, type Served, serveHere } from './served.ts'

const OTHERS = 70_000

/** A server with what `fixtures/exercise.ts` asks for: more rows than one batch has. */
export async function serveExercise(options: Partial<StartOptions> = {}): Promise<Served> {
  const served = await serveHere(options)
  const others = Array.from({ length: OTHERS }, (_, at): readonly StoredValue[] => {
    const day = new Date(Date.UTC(1990, 0, 1) + (at % 7_000) * 86_400_000).toISOString().slice(0, 10)
    return dailyRow(`X${Math.floor(at / 7_000)}.SH`, day, at)
  })
  await served.fill(tushare.daily, [
    dailyRow('600519.SH', '2024-01-02', 1_685.01),
    dailyRow('600519.SH', '2024-01-03', null),
    ...others,
  ])
  return served
}

/** What the exercise says on every platform. */
export const EXERCISED = [
  'range: [{"ts_code":"600519.SH","trade_date":"2024-01-02","close":1685.01},{"ts_code":"600519.SH","trade_date":"2024-01-03","close":null}]',
  'a long question: 2',
  'stream: 16384',
  'batches: 1',
  'query: [{"trade_date":"2024-01-02","close":1685.01},{"trade_date":"2024-01-03","close":null}]',
  'frame: [1685.01,null]',
  'plain tRPC: [["600519.SH","2024-01-02",1685.01],["600519.SH","2024-01-03",null]]',
  'watch: "object"',
  'refused: ["InvalidInputError","INVALID_INPUT","from here"]',
  'refused stream: ["InvalidInputError","INVALID_INPUT","from here"]',
  'refused query: ["QueryRefusedError","QUERY_REFUSED","from here"]',
  'aborted: ["CancelledError","CANCELLED","from here"]',
  'not there: ["UnavailableError","UNREACHABLE","from here"]',
]
