import { dateOf } from '@stockdb/contract/internal'
import type { Gap, SymbolHoles } from '@stockdb/contract/wire'
import type { SessionDays } from '../session-days.ts'
import type { SuspendedDays } from './suspended-days.ts'

/** The most symbols with holes to name. */
const WORST = 10

interface Lack {
  readonly symbol: string
  missing: number
  longest: Run
}

/** A run of trading days without rows: their number, and the first and last as days since 1970-01-01. */
interface Run {
  readonly missing: number
  readonly from: number
  readonly to: number
}

/** Sums up the missing rows of symbols, gap by gap. */
export class Lacks {
  readonly #days: Int32Array
  readonly #suspensions: SuspendedDays | undefined
  readonly #lacks = new Map<string, Lack>()
  missing = 0
  suspended = 0

  constructor({ days }: SessionDays, suspensions: SuspendedDays | undefined) {
    this.#days = days
    this.#suspensions = suspensions
  }

  get symbols(): number {
    return this.#lacks.size
  }

  has(symbol: string): boolean {
    return this.#lacks.has(symbol)
  }

  /** Adds a gap between two indexes of the calendar, the second one exclusive. */
  add(symbol: string, from: number, to: number): void {
    if (from >= to) return
    const run = this.#withoutSuspensions(from, to, this.#suspensions?.of(symbol))
    this.suspended += to - from - run.missing
    if (run.missing === 0) return
    this.missing += run.missing
    const lack = this.#lacks.get(symbol)
    if (!lack) this.#lacks.set(symbol, { symbol, missing: run.missing, longest: run })
    else {
      lack.missing += run.missing
      if (isLonger(run, lack.longest)) lack.longest = run
    }
  }

  /** The symbols with the most missing rows; `foundOf` gives their number of rows found. */
  worst(foundOf: (symbol: string) => number): SymbolHoles[] {
    const worst: Lack[] = []
    for (const lack of this.#lacks.values()) {
      const last = worst.at(-1)
      if (worst.length === WORST && last && !isWorse(lack, last)) continue
      const after = worst.findIndex((other) => isWorse(lack, other))
      worst.splice(after < 0 ? worst.length : after, 0, lack)
      if (worst.length > WORST) worst.pop()
    }
    return worst.map(({ symbol, missing, longest }) => {
      const found = foundOf(symbol)
      return { symbol, expected: found + missing, found, longestGap: gapOf(longest) }
    })
  }

  longestGap(): (Gap & { readonly symbol: string }) | null {
    let most: Lack | undefined
    for (const lack of this.#lacks.values()) {
      const by = most ? lack.longest.missing - most.longest.missing : 1
      if (by > 0 || (by === 0 && lack.symbol < (most as Lack).symbol)) most = lack
    }
    return most ? { symbol: most.symbol, ...gapOf(most.longest) } : null
  }

  #withoutSuspensions(from: number, to: number, suspended: Int32Array | undefined): Run {
    const days = this.#days
    const whole = { missing: to - from, from: days[from] as number, to: days[to - 1] as number }
    if (!suspended || suspended.length === 0) return whole
    let at = firstFrom(suspended, whole.from)
    let missing = 0
    let [first, last] = [0, 0]
    for (let place = from; place < to; place++) {
      const day = days[place] as number
      while (at < suspended.length && (suspended[at] as number) < day) at++
      if (suspended[at] === day) continue
      if (missing++ === 0) first = day
      last = day
    }
    return { missing, from: first, to: last }
  }
}

/** Whether a run is longer, or as long and earlier. */
const isLonger = (run: Run, than: Run): boolean =>
  run.missing > than.missing || (run.missing === than.missing && run.from < than.from)

const isWorse = (lack: Lack, than: Lack): boolean =>
  lack.missing > than.missing || (lack.missing === than.missing && lack.symbol < than.symbol)

const gapOf = ({ missing, from, to }: Run): Gap => ({ from: dateOf(from), to: dateOf(to), sessions: missing })

/** The place of the first number that is no less, of ascending ones. */
function firstFrom(numbers: Int32Array, least: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] as number) < least) low = middle + 1
    else high = middle
  }
  return low
}
