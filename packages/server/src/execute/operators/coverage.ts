import type { Batch, FrameTrailer } from '@stockdb/contract/wire'
import type { CoverageStep } from '../../plan/step.ts'
import { CoverageCount } from '../cells/coverage-count.ts'
import { coverageOf, type Expected } from '../cells/coverage-of.ts'
import type { Bars } from './bars.ts'
import type { Limit } from './limit.ts'
import type { Members } from './members.ts'
import type { Operator } from './operator.ts'

/** The earlier operators that coverage asks about the rows. */
export interface Before {
  readonly bars?: Bars | undefined
  readonly limit?: Limit | undefined
  readonly members?: Members | undefined
}

/** Counts what the rows cover of what was asked for. */
export class Coverage implements Operator {
  readonly #step: CoverageStep
  readonly #known: Expected
  readonly #before: Before
  readonly #count: CoverageCount

  /** `names` are those of the batches' columns. */
  constructor(step: CoverageStep, names: readonly string[], known: Expected, before: Before) {
    this.#step = step
    this.#known = known
    this.#before = before
    this.#count = new CoverageCount(step, names, {
      sessions: known.sessions,
      last: step.span.of !== 'days',
      leavesOut: step.leavesOut,
    })
  }

  push(batch: Batch): readonly Batch[] {
    const { bars, limit, members } = this.#before
    if (bars) this.#count.addBars(batch, bars.rows, bars.used)
    else this.#count.add(batch, members !== undefined || limit?.shortened === true)
    return [batch]
  }

  async end(trailer: FrameTrailer): Promise<FrameTrailer> {
    const { complete } = trailer
    const counted = await coverageOf(this.#count, this.#step.span, this.#known, { complete, now: Date.now() })
    return { ...trailer, coverage: this.#before.members?.addTo(counted) ?? counted }
  }
}
