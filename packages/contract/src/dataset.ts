import type { Field, FieldTypeName } from './fields.ts'

export type Fields = Readonly<Record<string, Field>>

/**
 * How the prices of a dataset follow splits and dividends.
 *
 * hfq = raw × factor; qfq = raw × factor ÷ factor at the anchor. Source: the documentation of Tushare's `pro_bar`.
 */
export interface AdjustmentRule {
  /** The dataset that holds the factors, keyed by the same symbol and date. */
  readonly dataset: string
  /** Its field with the factor. */
  readonly factor: string
  /** The fields that are multiplied. */
  readonly prices: readonly string[]
  /** The field recomputed as close − previous close, both adjusted. */
  readonly change: string
  /** The field recomputed as change ÷ previous close × 100, in percent. */
  readonly percentChange: string
  readonly close: string
  readonly previousClose: string
}

/** A named, typed table or view of the database that the server serves. */
export interface Dataset {
  /** Name of the dataset and of its table. */
  readonly name: string
  readonly description: string
  readonly fields: Fields
  /** The fields that tell rows apart, in the order of the clustered key. */
  readonly key: readonly string[]
  /** The field that `symbols` selects by. */
  readonly symbol?: string
  /** The field that `start`, `end` and `date` select by; a dataset without one answers `list`. */
  readonly date?: string
  readonly adjustment?: AdjustmentRule
}

/** All datasets of one server, by name. */
export type Catalogue = Readonly<Record<string, Dataset>>

/** What a record itself holds: every object has a `toString`. */
const own = <Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

const NAME_FORM = /^[a-z][a-z0-9_]{0,62}$/

/**
 * Declares a dataset. Its table, procedures, validation, frames, client types and documentation follow from this.
 *
 * Throws a `TypeError` if a role, a key or an adjustment names a field that is not there or has the wrong type.
 */
export function defineDataset<const D extends Dataset>(dataset: D): D {
  const fail = (reason: string): never => {
    throw new TypeError(`dataset ${dataset.name}: ${reason}`)
  }
  const need = (role: string, name: string, ...types: FieldTypeName[]): void => {
    const field = own(dataset.fields, name) ?? fail(`${role} names the field ${name}, which it does not have`)
    if (types.length > 0 && !types.includes(field.type))
      fail(`${role} ${name} is ${field.type}, not ${types.join(' or ')}`)
  }
  if (!NAME_FORM.test(dataset.name)) fail('a name is a lower-case letter, then letters, digits and underscores')
  if (dataset.key.length === 0) fail('it has no key')
  for (const name of dataset.key) {
    need('key', name)
    if (dataset.fields[name]?.nullable) fail(`key ${name} may be null; declare it with .required()`)
  }
  if (dataset.symbol !== undefined) need('symbol', dataset.symbol, 'symbol')
  if (dataset.date !== undefined) need('date', dataset.date, 'date')
  if (dataset.adjustment) {
    const { prices, change, percentChange, close, previousClose } = dataset.adjustment
    for (const name of [...prices, change, percentChange, close, previousClose]) need('adjustment', name, 'float64')
    if (!dataset.symbol || !dataset.date) fail('prices are adjusted by symbol and date, and it does not have both')
  }
  return dataset
}

/**
 * Puts datasets together. Throws a `TypeError` if one stands under another name than its own, or if an adjustment
 * refers to a dataset that is not among them.
 */
export function defineCatalogue<const C extends Catalogue>(catalogue: C): C {
  for (const [name, dataset] of Object.entries(catalogue)) {
    if (name !== dataset.name) throw new TypeError(`dataset ${dataset.name} is registered as ${name}`)
    const rule = dataset.adjustment
    if (rule && !own(own(catalogue, rule.dataset)?.fields ?? {}, rule.factor)) {
      throw new TypeError(
        `dataset ${name}: its factors are to come from ${rule.dataset}.${rule.factor}, which is not there`,
      )
    }
  }
  return catalogue
}

/** The fields that every answer of a dataset holds, asked for or not: its symbol and its date; without a date its key. */
export function keyFields(dataset: Dataset): string[] {
  const roles = [dataset.symbol, dataset.date].filter((name) => name !== undefined)
  return dataset.date === undefined ? [...new Set([...roles, ...dataset.key])] : roles
}

export type FieldName<D extends Dataset> = keyof D['fields'] & string

/** The type of {@link keyFields}. */
export type KeyFieldName<D extends Dataset> = (
  | (D extends { readonly symbol: infer S } ? S : never)
  | (D extends { readonly date: infer T } ? T : D['key'][number])
) &
  FieldName<D>

/** Datasets whose rows have a date answer `range`, `at` and `latest`. */
export type Dated = { readonly date: string }

/** Datasets whose prices can be adjusted take `adjust` and `anchor`. */
export type Adjustable = { readonly adjustment: AdjustmentRule }
