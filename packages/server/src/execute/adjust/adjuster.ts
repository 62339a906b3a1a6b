import type { AdjustmentRule } from '@stockdb/contract'
import { dateOf } from '@stockdb/contract/internal'
import type { Batch, Vector } from '@stockdb/contract/wire'
import { type AdjustmentPlan, changesOf } from '../../plan/adjust/adjustment.ts'
import { recomputeChanges } from '../changes.ts'
import { requireFinite } from '../finite.ts'
import { floatVector } from '../nulls.ts'
import { KeptRows } from './kept-rows.ts'
import { MissingFactorCount } from './missing-factors.ts'
import { badFactor, daysOfRows, type RowFactors } from './row-factors.ts'

/** The columns that play a role in the batches. */
interface Roles {
  readonly symbol: string
  readonly date: string
}

/**
 * Adjusts the prices of an answer in the batches' own memory: hfq = raw × factor, qfq = raw × (factor ÷ factor at the
 * anchor), without rounding. The quotient comes first, because it is exactly 1 if nothing happened between a row and the
 * anchor: the price is then the stored one, bit for bit. Change and percent change are recomputed from the adjusted close and
 * previous close; volume and turnover are not changed.
 *
 * A row without a factor on or before its day, or the anchor, is counted in `missing`: `skip` drops it, `raw` leaves it as
 * stored, and with `error` its batch must not be used.
 */
export class Adjuster {
  readonly missing: MissingFactorCount
  readonly #plan: Omit<AdjustmentPlan, 'read'>
  readonly #names: readonly string[]
  readonly #roles: Roles
  readonly #factors: RowFactors
  readonly #kept = new KeptRows()
  /** By code: the factor at the anchor, and the factor of the last row. */
  readonly #anchors: number[] = []
  readonly #before: number[] = []
  #multipliers = new Float64Array()
  #ofRowBefore = new Float64Array()

  /** `names` are those of the batches' columns. */
  constructor(
    plan: Omit<AdjustmentPlan, 'read'>,
    names: readonly string[],
    roles: Roles,
    factors: RowFactors,
    missing = new MissingFactorCount(plan.missing, plan.rule),
  ) {
    this.#plan = plan
    this.#names = names
    this.#roles = roles
    this.#factors = factors
    this.missing = missing
  }

  /** Whether there were rows without a factor, which are an error. */
  get refuses(): boolean {
    return this.#plan.missing === 'error' && this.missing.found
  }

  take(batch: Batch): Batch {
    const { numRows } = batch
    const { adjust, rule, ofRowBefore } = this.#plan
    const symbols = this.#vector(batch, this.#roles.symbol)
    if (symbols?.type !== 'symbol') throw new TypeError('adjusting needs a symbol')
    if (this.#multipliers.length < numRows) this.#multipliers = new Float64Array(numRows)
    const multipliers = this.#multipliers.subarray(0, numRows)
    this.#factors.fill(batch, multipliers)
    const { values: codes, dictionary } = symbols
    this.#meet(dictionary)
    if (ofRowBefore) this.#shift(codes, multipliers)
    if (adjust === 'qfq') {
      for (let row = 0; row < numRows; row++)
        (multipliers[row] as number) /= this.#anchors[codes[row] as number] as number
      if (ofRowBefore)
        for (let row = 0; row < numRows; row++)
          (this.#ofRowBefore[row] as number) /= this.#anchors[codes[row] as number] as number
    }
    const lacking = this.#lacking(batch, codes, dictionary, multipliers)
    if (lacking && this.#plan.missing === 'error') return batch
    const previousClose = ofRowBefore ? rule.previousClose : undefined
    for (const name of rule.prices) {
      const values = this.#floats(batch, name)
      const by = name === previousClose ? this.#ofRowBefore : multipliers
      if (!values) continue
      for (let row = 0; row < numRows; row++) (values[row] as number) *= by[row] as number
      requireFinite(values, name)
    }
    return this.#finish(batch, rule, lacking)
  }

  /** Anchors of symbols that are new. */
  #meet(dictionary: readonly string[]): void {
    for (let code = this.#anchors.length; code < dictionary.length; code++) {
      const symbol = dictionary[code] as string
      this.#anchors.push(this.#plan.adjust === 'qfq' ? this.#factors.atAnchor(symbol) : 1)
      if (this.#plan.ofRowBefore) this.#before.push(this.#factors.before(symbol))
    }
  }

  /** The factor of the row before each row, of the same symbol. */
  #shift(codes: Int32Array, factors: Float64Array): void {
    if (this.#ofRowBefore.length < factors.length) this.#ofRowBefore = new Float64Array(factors.length)
    for (let row = 0; row < factors.length; row++) {
      const code = codes[row] as number
      this.#ofRowBefore[row] = this.#before[code] as number
      this.#before[code] = factors[row] as number
    }
  }

  /** Marks rows without a factor with 1; `undefined` if all have one. Their factor becomes 1. */
  #lacking(
    batch: Batch,
    codes: Int32Array,
    dictionary: readonly string[],
    multipliers: Float64Array,
  ): Uint8Array | undefined {
    let lacking: Uint8Array | undefined
    for (let row = 0; row < multipliers.length; row++) {
      const multiplier = multipliers[row] as number
      // Also false for NaN.
      if (multiplier > 0 && multiplier < Number.POSITIVE_INFINITY) continue
      const code = codes[row] as number
      const anchor = this.#anchors[code] as number
      this.#refuse(multiplier, anchor, dictionary[code] as string, () => this.#dayOf(batch, row))
      this.missing.add(dictionary[code] as string, 1, Number.isNaN(anchor))
      lacking ??= new Uint8Array(multipliers.length)
      lacking[row] = 1
      multipliers[row] = 1
      if (this.#plan.ofRowBefore) this.#ofRowBefore[row] = 1
    }
    return lacking
  }

  /** Throws for an unusable factor. */
  #refuse(multiplier: number, anchor: number, symbol: string, day: () => string): void {
    const { dataset, factor } = this.#plan.rule
    if (anchor <= 0 || anchor === Number.POSITIVE_INFINITY)
      throw badFactor(dataset, factor, anchor, symbol, 'the anchor')
    if (Number.isNaN(multiplier)) return
    throw badFactor(dataset, factor, multiplier * anchor, symbol, day())
  }

  #finish(batch: Batch, rule: AdjustmentRule, lacking: Uint8Array | undefined): Batch {
    let adjusted = batch
    if (this.#plan.ofRowBefore) {
      // The stored value is null if there is no row before.
      const at = this.#names.indexOf(rule.previousClose as string)
      const vectors = batch.vectors.map((vector, index) =>
        index === at && vector.type === 'float64' ? floatVector(vector.values) : vector,
      )
      adjusted = { ...batch, vectors }
    }
    const changes = changesOf(rule)
    if (changes) adjusted = recomputeChanges(adjusted, this.#names, changes, lacking)
    return this.#plan.missing === 'skip' ? this.#kept.without(adjusted, lacking) : adjusted
  }

  #dayOf(batch: Batch, row: number): string {
    return dateOf(daysOfRows(this.#vector(batch, this.#roles.date))(row))
  }

  #vector(batch: Batch, name: string): Vector | undefined {
    return batch.vectors[this.#names.indexOf(name)]
  }

  #floats(batch: Batch, name: string): Float64Array | undefined {
    const vector = this.#vector(batch, name)
    return vector?.type === 'float64' ? vector.values : undefined
  }
}
