import type { PlanLine } from '../engine/engine.ts'
import type { Log } from './log.ts'
import type { ReadClock, RunningCall } from './running-call.ts'

/** Plans requested at the same time; further slow calls are logged without one. */
const MAX_EXPLAINING = 1
/** How long the plan of the same statement is not requested again. */
const AGAIN_MS = 60_000
/** Statements whose plan was requested recently; the oldest is dropped first. */
const MAX_REMEMBERED = 200
const MAX_SQL = 4_000
/** How many plans of one call are shown, and how many characters of each line. */
const MAX_PLANS = 8
const MAX_LINE = 1_000

/** Asks the database for the plan of a statement; gives up within seconds. */
export type Explain = (sql: string, parameters: readonly unknown[]) => Promise<readonly PlanLine[]>

/**
 * Logs each call slower than `slowMs`: how it was planned (`explain`), its statements, and for its longest read the
 * database's plan (`plan`). Statements have placeholders for the caller's values, and for the texts and numbers of a
 * caller's own statement. Plans are requested after the call, one at a time, so that a slow database is not loaded
 * further.
 */
export class SlowLog {
  readonly #slowMs: number
  readonly #log: Log
  readonly #explain: Explain
  readonly #explainedAt = new Map<string, number>()
  #explaining = 0

  constructor(slowMs: number, log: Log, explain: Explain) {
    this.#slowMs = slowMs
    this.#log = log
    this.#explain = explain
  }

  note(call: RunningCall, ms: number): void {
    if (ms < this.#slowMs) return
    const { requestId, caller, procedure, reads, plans, times } = call
    const line = {
      requestId,
      caller: caller.name,
      procedure,
      ms: Math.round(ms),
      queueMs: Math.round(times.queueMs),
      databaseMs: Math.round(times.databaseMs),
      socketMs: Math.round(times.socketMs),
      ...(plans.length === 0 ? {} : { explain: plans.slice(0, MAX_PLANS).map(explained) }),
      reads: reads.map((read) => ({ sql: read.sql.slice(0, MAX_SQL), ms: Math.round(duration(read)) })),
    }
    const longest = reads.toSorted((a, b) => duration(b) - duration(a))[0]
    if (!longest?.planned || !this.#mayExplain(longest.sql)) {
      this.#log.warn(line, 'slow call')
      return
    }
    this.#explaining++
    this.#explain(longest.sql, longest.parameters)
      .then(
        (plan) => this.#log.warn({ ...line, plan }, 'slow call'),
        (error: unknown) => this.#log.warn({ ...line, planFailed: String(error) }, 'slow call'),
      )
      .finally(() => this.#explaining--)
  }

  #mayExplain(sql: string): boolean {
    const now = performance.now()
    const last = this.#explainedAt.get(sql)
    if (this.#explaining >= MAX_EXPLAINING || (last !== undefined && now - last < AGAIN_MS)) return false
    this.#explainedAt.delete(sql)
    this.#explainedAt.set(sql, now)
    const oldest = this.#explainedAt.keys().next()
    if (this.#explainedAt.size > MAX_REMEMBERED && !oldest.done) this.#explainedAt.delete(oldest.value)
    return true
  }
}

/** Our plan, without the values of the call. */
function explained(plan: RunningCall['plans'][number]) {
  const { key, lines } = plan({ values: false })
  return { key, lines: lines.map((line) => line.slice(0, MAX_LINE)) }
}

/** From the connection to the last row, or until now. */
function duration({ startedAt, endedAt = performance.now() }: ReadClock): number {
  return startedAt === undefined ? 0 : endedAt - startedAt
}
