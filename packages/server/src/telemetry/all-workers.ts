import type { Health, MemoryReport, OpsStats } from '@stockdb/contract/wire'
import type { Gathered } from './gathered.ts'
import type { MetricsJson } from './metrics.ts'
import type { StatusPart } from './status-feed.ts'

/** What a worker says of itself, by the name of the report. */
export interface Reports {
  readonly health: Health
  readonly stats: OpsStats
  readonly metrics: MetricsJson
  readonly memory: Omit<MemoryReport, 'workers'>
  readonly status: StatusPart
}
export type ReportName = keyof Reports

export interface ReportOptions {
  /** The length of a memory profile. */
  readonly seconds?: number | undefined
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** How a worker makes its reports. */
export type Answers = {
  readonly [Q in ReportName]: (options: ReportOptions) => Reports[Q] | Promise<Reports[Q]>
}

/** The workers of a server, for reports on all of it. */
export interface AllWorkers {
  ask<Q extends ReportName>(name: Q, options: ReportOptions): Promise<Gathered<Reports[Q]>>
}

/** A server without other workers. */
export function onlyThisWorker(answers: Answers): AllWorkers {
  return {
    async ask(name, options) {
      const report = await answers[name](options)
      return { reports: [{ worker: 1, report }], ended: [], silent: [], workers: 1, replaced: 0 }
    },
  }
}
