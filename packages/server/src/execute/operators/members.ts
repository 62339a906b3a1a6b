import type { Batch, FrameCoverage } from '@stockdb/contract/wire'
import type { MembersStep } from '../../plan/step.ts'
import { MemberCount } from '../cells/member-count.ts'
import type { Operator } from './operator.ts'

/** Keeps the members of a screen that meet its conditions. */
export class Members implements Operator {
  readonly #count: MemberCount

  /** `names` are those of the batches' columns. */
  constructor(step: MembersStep, names: readonly string[]) {
    this.#count = new MemberCount(step, names)
  }

  push(batch: Batch): readonly Batch[] {
    return [this.#count.take(batch)]
  }

  addTo(coverage: FrameCoverage): FrameCoverage {
    return this.#count.addTo(coverage)
  }
}
