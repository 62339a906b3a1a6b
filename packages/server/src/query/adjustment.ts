import type { Adjust, AdjustmentRule, Batch, Vector } from '@stockdb/contract'
import { StockdbError } from '@stockdb/contract'
import { type ChangeFields, recomputeChanges } from './changes.ts'

/** What an adjusted answer reads and how it is made of that. */
export interface AdjustmentPlan {
  readonly rule: AdjustmentRule
  readonly adjust: Exclude<Adjust, 'none'>
  /** Fields to read: those asked for and those that they are computed from. */
  readonly read: readonly string[]
}

/** The rules as the answer's `meta` words them. */
export const ruleTexts: Record<Adjust, string> = {
  none: 'as stored',
  hfq: 'price × factor',
  qfq: 'price × (factor ÷ factor at the anchor)',
}

export function planAdjustment(
  rule: AdjustmentRule,
  adjust: Exclude<Adjust, 'none'>,
  asked: readonly string[],
): AdjustmentPlan {
  const changes = changesOf(rule)
  const recomputed = changes && [changes.change, changes.percentChange].some((name) => name && asked.includes(name))
  const read = recomputed ? [...asked, changes.close, changes.previousClose] : asked
  return { rule, adjust, read: [...new Set(read)] }
}

/**
 * Adjusts the prices of a batch, in its own memory, and returns it: hfq = raw × factor, qfq = raw × (factor ÷ factor at the
 * anchor), without rounding. The quotient comes first, because it is exactly 1 where nothing happened between a row and
 * the anchor: that price is then the stored one, bit for bit; change and percent change are computed anew from the adjusted close and previous close; volume and
 * turnover stay. `anchors` holds each symbol's factor at the anchor and is needed for qfq.
 *
 * Throws `MISSING_FACTOR`, naming the symbol, where there is no factor on or before a row's date or the anchor.
 */
export function adjustBatch(
  { rule, adjust }: AdjustmentPlan,
  batch: Batch,
  names: readonly string[],
  roles: { readonly symbol: string; readonly factor: string },
  anchors: ReadonlyMap<string, number> | undefined,
): Batch {
  const vector = (name: string): Vector => {
    const found = batch.vectors[names.indexOf(name)]
    if (!found) throw new TypeError(`the batch has no column ${name}`)
    return found
  }
  const floats = (name: string): Float64Array | undefined => {
    const found = names.includes(name) ? vector(name) : undefined
    return found?.type === 'float64' ? found.values : undefined
  }
  const symbols = vector(roles.symbol)
  const factors = floats(roles.factor)
  if (symbols.type !== 'symbol' || !factors) throw new TypeError('adjusting takes a symbol and a factor column')
  const { values: codes, dictionary } = symbols
  for (let row = 0; row < batch.numRows; row++) {
    if (Number.isNaN(factors[row]))
      throw missingFactor(dictionary[codes[row] as number] ?? '', rule, 'the date of one of its rows')
  }
  if (adjust === 'qfq') {
    const divisors = anchorColumn(codes, dictionary, anchors, rule)
    // No column of the answer.
    for (let row = 0; row < batch.numRows; row++) (factors[row] as number) /= divisors[codes[row] as number] as number
  }
  for (const values of rule.prices.map(floats)) {
    if (!values) continue
    for (let row = 0; row < batch.numRows; row++) (values[row] as number) *= factors[row] as number
  }
  const changes = changesOf(rule)
  return changes ? recomputeChanges(batch, names, changes) : batch
}

/** The changes that a rule computes; a table without a previous close has none. */
const changesOf = (rule: AdjustmentRule): ChangeFields | undefined => (rule.close === undefined ? undefined : rule)

/** The factor at the anchor, by code. */
function anchorColumn(
  codes: Int32Array,
  dictionary: readonly string[],
  anchors: ReadonlyMap<string, number> | undefined,
  rule: AdjustmentRule,
): Float64Array {
  const divisors = new Float64Array(dictionary.length)
  let last = -1
  for (const code of codes) {
    if (code === last) continue
    last = code
    const factor = anchors?.get(dictionary[code] ?? '')
    if (factor === undefined || Number.isNaN(factor)) throw missingFactor(dictionary[code] ?? '', rule, 'the anchor')
    divisors[code] = factor
  }
  return divisors
}

function missingFactor(symbol: string, rule: AdjustmentRule, when: string): StockdbError {
  return new StockdbError(
    'MISSING_FACTOR',
    `${symbol} has no ${rule.factor} in ${rule.dataset} on or before ${when}; load its factors, or ask with adjust: "none"`,
  )
}
