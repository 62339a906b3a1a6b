import type { Dataset } from './declaration.ts'
import type { Field } from './fields.ts'
import { nearest } from './nearest.ts'
import type { CheckRule } from './rules/check-rule.ts'

/** The keys of any member of a union. */
type Keys<Shape> = Shape extends unknown ? keyof Shape : never
type ValueAt<Shape, Key> = Shape extends unknown ? (Key extends keyof Shape ? Shape[Key] : never) : never
type Rule<Name extends keyof Dataset> = Exclude<NonNullable<Dataset[Name]>, string>
type Bars = Rule<'bars'>

/** Maps keys that a shape does not have to `never`, so that misspelt keys do not compile. */
export type Exact<Given, Shape> = Given extends readonly unknown[]
  ? unknown
  : Given extends object
    ? {
        [Key in keyof Given]: Key extends Keys<Shape>
          ? Exact<Given[Key], NonNullable<ValueAt<Shape, Key>>>
          : string extends Key
            ? unknown
            : never
      }
    : unknown

/** A dataset without unknown keys, also in its fields and rules. */
export type ExactDataset<D> = {
  [Key in keyof D]: Key extends 'fields'
    ? { [Name in keyof D[Key]]: Exact<D[Key][Name], Field> }
    : Key extends 'adjustment' | 'bars' | 'pointInTime' | 'listing' | 'onDuplicate' | 'tables' | 'wide'
      ? Exact<D[Key], NonNullable<Dataset[Key]>>
      : Key extends keyof Dataset
        ? unknown
        : string extends Key
          ? unknown
          : never
}

// As records, so that a missing key is a compile error.
const datasetKeys: Readonly<Record<keyof Dataset, true>> = {
  ...{ name: true, table: true, managed: true, latest: true, only: true, description: true, fields: true, key: true },
  ...{ onDuplicate: true, symbol: true, symbols: true, date: true, calendar: true, listing: true, adjustment: true },
  ...{ bars: true, pointInTime: true, writable: true, checks: true, tables: true, wide: true },
}
const fieldKeys: Readonly<Record<keyof Field, true>> = {
  ...{
    type: true,
    nullable: true,
    description: true,
    unit: true,
    length: true,
    column: true,
    dateFormat: true,
    numberFormat: true,
    symbolFormat: true,
    exchange: true,
    exact: true,
  },
}
const adjustmentKeys: Readonly<Record<Keys<Rule<'adjustment'>>, true>> = {
  ...{ dataset: true, factor: true, prices: true, close: true, previousClose: true, previousCloseIs: true },
  ...{ change: true, percentChange: true, percentScale: true },
}
const barKeys: Readonly<Record<Keys<Bars>, true>> = {
  ...{ first: true, max: true, min: true, last: true, sum: true, change: true, minutes: true },
}
const changeKeys: Readonly<Record<Keys<NonNullable<Bars['change']>>, true>> = {
  ...{ change: true, percentChange: true, close: true, previousClose: true },
}
const minuteKeys: Readonly<Record<Keys<NonNullable<Bars['minutes']>>, true>> = {
  ...{ sessions: true, label: true, frequency: true, stored: true },
}
const pointInTimeKeys: Readonly<Record<Keys<Rule<'pointInTime'>>, true>> = {
  ...{ kind: true, period: true, announced: true, actual: true, reportType: true, update: true, supersedes: true },
  ...{ from: true, to: true, endInclusive: true, currentOnly: true, immutable: true, instead: true },
}
const listingKeys: Readonly<Record<Keys<Rule<'listing'>>, true>> = { dataset: true, from: true, to: true }
const checkKeys: Readonly<Record<keyof CheckRule, true>> = { field: true, atLeast: true, atMost: true, above: true }
const duplicateKeys: Readonly<Record<Keys<Rule<'onDuplicate'>>, true>> = { keep: true, order: true }

/** Options under the names that they had before version 0.2. */
const renamed: Readonly<Record<string, string>> = {
  known: '"pointInTime"',
  foreign: '"managed: false"',
  scanned: `"latest: 'scan'"`,
  stored: `"dateFormat" (or "exact: true" for a text that is a DECIMAL)`,
  timeless: '"immutable"',
  today: '"currentOnly"',
  lastDay: `"endInclusive: true" (for 'in') or "endInclusive: false" (for 'out')`,
  replaces: '"supersedes"',
}

/**
 * Throws a `TypeError` for a key that a dataset, a field or a rule does not have, and suggests the most similar one: if
 * ignored, `manged: false` would let stockdb alter the table.
 */
export function refuseUnknownKeys(dataset: Dataset): void {
  const { name, fields, adjustment, bars, pointInTime, listing, onDuplicate, checks } = dataset
  const check = (given: unknown, keys: Readonly<Record<string, true>>, what: string): void => {
    if (typeof given !== 'object' || given === null) return
    const unknown = Object.keys(given).find((key) => !Object.hasOwn(keys, key))
    if (unknown === undefined) return
    const near = nearest(unknown, [...Object.keys(keys), ...Object.keys(renamed)])
    const meant = Object.hasOwn(keys, near) ? `"${near}"` : renamed[near]
    throw new TypeError(`dataset ${name}: ${what} has no option "${unknown.slice(0, 60)}"; did you mean ${meant}?`)
  }
  check(dataset, datasetKeys, 'it')
  for (const [field, declared] of Object.entries(Object(fields) as Dataset['fields']))
    check(declared, fieldKeys, `the field ${field}`)
  check(adjustment, adjustmentKeys, 'adjustment')
  check(bars, barKeys, 'bars')
  check(bars?.change, changeKeys, 'change of bars')
  check(bars?.minutes, minuteKeys, 'minutes of bars')
  check(pointInTime, pointInTimeKeys, 'pointInTime')
  check(listing, listingKeys, 'listing')
  check(onDuplicate, duplicateKeys, 'onDuplicate')
  for (const rule of Array.isArray(checks) ? checks : []) check(rule, checkKeys, 'a check')
}
