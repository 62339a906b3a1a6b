import type { SideName } from '../sides/sides.ts'
import { REPEATED, type Sweep } from '../workloads/sweep.ts'

/** How many times faster than mysql2 a sweep can be, if each call takes what it takes where all calls are of its kind. */
export interface Bound {
  readonly of: SideName
  readonly against: SideName
  /** If repeated calls take no time. */
  readonly free: number
  /** If they take what they take the side in the workload that repeats them. */
  readonly hot: number
  readonly measured: number
}

/** The bounds of each target of a sweep; none where one of the workloads was not measured. */
export function boundsOf(
  { id, parts, targets }: Sweep,
  rateOf: (workload: string, side: SideName) => number | undefined,
): readonly Bound[] {
  return targets.flatMap(({ of = 'stockdb', against }) => {
    const seconds = (time: (part: Sweep['parts'][number]) => number): number =>
      parts.reduce((sum, part) => sum + part.calls * time(part), 0)
    const rate = (workload: string, side: SideName): number => rateOf(workload, side) ?? Number.NaN
    const theirs = seconds(({ cold }) => 1 / rate(cold, against))
    const fresh = seconds(({ cold }) => (1 - REPEATED) / rate(cold, 'stockdb'))
    const repeated = seconds(({ hot }) => REPEATED / rate(hot, of))
    const bound = {
      of,
      against,
      free: theirs / fresh,
      hot: theirs / (fresh + repeated),
      measured: rate(id, of) / rate(id, against),
    }
    return Number.isNaN(bound.hot) ? [] : [bound]
  })
}
