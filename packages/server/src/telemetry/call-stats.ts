import { type ErrorCode, errorCodes, isErrorCode, type Usage } from '@stockdb/contract/wire'
import type { RunningCall } from './running-call.ts'

/** Callers that are counted individually; further ones are counted together. */
const MAX_CALLERS = 500
const OTHER_CALLERS = '(others)'
/** Stands for the procedures of calls that were refused before anything was read. */
const UNREAD = '(refused)'

/** The outcomes of calls since the start, of one procedure or one caller. */
export class CallStats {
  calls = 0
  rows = 0
  bytes = 0
  ms = 0
  queueMs = 0
  databaseMs = 0
  socketMs = 0
  /** An estimate scaled up from the sampled moments; null before the first of them. */
  allocatedBytes: number | null = null
  /** `ok` and codes of errors. */
  readonly outcomes = new Map<string, number>()

  add({ counts, bytes, times }: RunningCall, ms: number, outcome: string): void {
    this.calls++
    this.rows += counts.rows
    this.bytes += bytes
    this.ms += ms
    this.queueMs += times.queueMs
    this.databaseMs += times.databaseMs
    this.socketMs += times.socketMs
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1)
  }

  addRefused(outcome: string): void {
    this.calls++
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1)
  }

  allocated(bytes: number): void {
    this.allocatedBytes = Math.round((this.allocatedBytes ?? 0) + bytes)
  }

  /** Calls that were refused: the caller must change something, or wait. */
  get refusals(): number {
    return this.#count((code) => isRefusal(code))
  }

  /** Calls that failed through no fault of the caller. */
  get failures(): number {
    return this.#count((code) => code !== 'CANCELLED' && !isRefusal(code))
  }

  usage(): Usage {
    const { calls, refusals, failures, rows, bytes, ms, queueMs, databaseMs, socketMs } = this
    const outcomes = Object.fromEntries(this.outcomes)
    return { calls, outcomes, refusals, failures, rows, bytes, ms, queueMs, databaseMs, socketMs }
  }

  #count(counts: (code: ErrorCode) => boolean): number {
    let sum = 0
    for (const [outcome, count] of this.outcomes) if (isErrorCode(outcome) && counts(outcome)) sum += count
    return sum
  }
}

const REFUSALS_OF_503: readonly string[] = ['OVERLOADED', 'SHUTTING_DOWN'] satisfies ErrorCode[]

function isRefusal(code: ErrorCode): boolean {
  const { status } = errorCodes[code]
  return (status >= 400 && status < 499) || REFUSALS_OF_503.includes(code)
}

/** Counts calls by procedure and by caller. */
export class StatsRegistry {
  readonly total = new CallStats()
  readonly procedures = new Map<string, CallStats>()
  readonly callers = new Map<string, CallStats>()

  add(call: RunningCall, ms: number, outcome: string): void {
    this.total.add(call, ms, outcome)
    this.procedure(call.procedure).add(call, ms, outcome)
    this.caller(call.caller.name).add(call, ms, outcome)
  }

  /** Calls refused unread had no procedure yet. */
  addRefused(caller: string, outcome: string): void {
    this.total.addRefused(outcome)
    this.procedure(UNREAD).addRefused(outcome)
    this.caller(caller).addRefused(outcome)
  }

  usage(): { total: Usage; procedures: Record<string, Usage>; callers: Record<string, Usage> } {
    const each = (all: ReadonlyMap<string, CallStats>) =>
      Object.fromEntries([...all].map(([name, stats]) => [name, stats.usage()]))
    return { total: this.total.usage(), procedures: each(this.procedures), callers: each(this.callers) }
  }

  procedure(name: string): CallStats {
    return statsOf(this.procedures, name)
  }

  caller(name: string): CallStats {
    return statsOf(this.callers, this.callers.has(name) || this.callers.size < MAX_CALLERS ? name : OTHER_CALLERS)
  }
}

function statsOf(all: Map<string, CallStats>, name: string): CallStats {
  let stats = all.get(name)
  if (!stats) {
    stats = new CallStats()
    all.set(name, stats)
  }
  return stats
}
