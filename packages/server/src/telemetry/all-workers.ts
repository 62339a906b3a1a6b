import type { Health, MemoryReport, OpsStats } from '@stockdb/contract/wire'
import type { Gathered } from './gathered.ts'
import type { MetricsJson } from './metrics.ts'
import type { StatusPart } from './status-feed.ts'

/** What a worker says of itself, by question. */
export interface Reports {
  readonly health: Health
  readonly stats: OpsStats
  readonly metrics: MetricsJson
  readonly memory: Omit<MemoryReport, 'workers'>
  readonly status: StatusPart
}
export type Question = keyof Reports

export interface QuestionOptions {
  /** The length of a memory profile. */
  readonly seconds?: number | undefined
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** How a worker answers questions about itself. */
export type Answers = {
  readonly [Q in Question]: (options: QuestionOptions) => Reports[Q] | Promise<Reports[Q]>
}

/** The workers of a server, for questions about all of it. */
export interface AllWorkers {
  ask<Q extends Question>(question: Q, options: QuestionOptions): Promise<Gathered<Reports[Q]>>
}

/** A server without other workers. */
export function onlyThisWorker(answers: Answers): AllWorkers {
  return {
    async ask(question, options) {
      const report = await answers[question](options)
      return { reports: [{ worker: 1, report }], ended: [], silent: [], workers: 1, replaced: 0 }
    },
  }
}
