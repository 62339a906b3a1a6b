import { takesFormat } from './date-formats.ts'
import type { Catalogue, Dataset, Fields, ListingRule, OnDuplicate, PointInTimeRule } from './declaration.ts'
import type { FieldTypeName } from './field-types.ts'
import { fieldTypes } from './field-types.ts'
import type { Field } from './fields.ts'
import { type ExactDataset, refuseUnknownKeys } from './known-keys.ts'
import { reservedNames } from './reserved-names.ts'
import {
  type CatalogueRoles,
  catalogueRoles,
  checkRoleNames,
  declaredRoles,
  type ExactRoles,
  rolesOf,
  type WithRoles,
} from './roles.ts'
import { type AdjustmentRule, checkAdjustment } from './rules/adjustment-rule.ts'
import { checkBars } from './rules/bar-rule.ts'
import type { CheckRule } from './rules/check-rule.ts'
import type { Declaration } from './rules/declaration.ts'
import type { TablesRule, WideRule } from './rules/tables-rule.ts'
import { show } from './show.ts'

export type { Catalogue, CheckRule, Dataset, Fields, ListingRule, OnDuplicate, PointInTimeRule, TablesRule, WideRule }

/** An own property of a record: every object inherits names such as `toString`. */
const own = <Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

/** Names are used in paths and as properties: letters of any script, digits and underscores. */
const NAME_FORM = /^[\p{Ll}\p{Lo}_][\p{Ll}\p{Lo}\p{Nd}_]{0,62}$/u
/** Field names are used in answers and scripts; a field's `column` is its name in the database. */
const FIELD_FORM = /^[\p{L}_][\p{L}\p{Nd}_]{0,62}$/u

/**
 * Declares a dataset: its table, procedures, checks, frames, client types and documentation follow from this.
 *
 * @param dataset - name, fields, key, and what the fields mean; see {@link Dataset}
 * @returns the same object, with its exact type
 * @throws `TypeError` if a role, a key or a rule names a missing field or one of the wrong type, or for a misspelt option
 * @example
 * ```ts
 * import { date, defineDataset, float64, symbol } from '@stockdb/contract'
 * const factor = defineDataset({
 *   name: 'my_factor',
 *   description: 'A factor of my own, by stock and day',
 *   fields: { code: symbol.required('Code'), day: date.required('Day'), value: float64('The factor') },
 *   key: ['code', 'day'], symbol: 'code', date: 'day',
 * })
 * ```
 */
export function defineDataset<const D extends Dataset>(dataset: D & ExactDataset<D>): D {
  refuseUnknownKeys(dataset)
  const fail = (reason: string): never => {
    throw new TypeError(`dataset ${dataset.name}: ${reason}`)
  }
  const need = (role: string, name: string | undefined, ...types: FieldTypeName[]): void => {
    // Not every configuration is type-checked.
    const field =
      name === undefined
        ? fail(`${role} lacks a required field name; TypeScript names it`)
        : (own(dataset.fields, name) ?? fail(`${role} names the field ${name}, which it does not have`))
    if (types.length > 0 && !types.includes(field.type))
      fail(`${role} ${name} is ${field.type}, not ${types.join(' or ')}`)
  }
  if (!NAME_FORM.test(dataset.name)) fail('a name is a lower-case letter, then letters, digits and underscores')
  if (reservedNames.includes(dataset.name)) fail('this name is reserved by the server or the client')
  for (const [name, field] of Object.entries(dataset.fields)) {
    if (!FIELD_FORM.test(name))
      fail(`invalid field name "${name}": use letters, digits and underscores; its column may have any name`)
    const format = misfit(field)
    if (format !== undefined) fail(`the field ${name} is ${field.type}, which cannot be stored as ${format}`)
  }
  checkDuplicates(dataset, need, fail)
  if (dataset.symbols !== undefined && dataset.symbol === undefined) fail('symbols requires a symbol field')
  for (const [name, value] of Object.entries(dataset.only ?? {})) {
    need('only', name, 'text', 'symbol', 'int32', 'int64', 'bool')
    const type = fieldTypes[dataset.fields[name]?.type ?? 'text']
    if (type.fromJson(value) === undefined) fail(`only ${name} is fixed to ${show(value)}; expected ${type.expected}`)
  }
  if (dataset.key.length === 0) fail('it has no key')
  for (const name of dataset.key) need('key', name)
  for (const role of ['symbol', 'date'] as const) {
    const name = dataset[role]
    if (name === undefined) continue
    need(role, name, ...(role === 'symbol' ? (['symbol'] as const) : (['date', 'datetime'] as const)))
    if (dataset.fields[name]?.nullable) fail(`${role} ${name} may be null; declare it with .required()`)
  }
  const declaration: Declaration = { ...dataset, need, fail }
  if (dataset.calendar !== undefined && !dataset.date) fail('calendar requires a date field')
  if (dataset.bars) checkBars(dataset.bars, declaration)
  if (dataset.listing && !dataset.symbol) fail('listing requires a symbol field')
  checkPointInTime(dataset, need, fail)
  if (dataset.adjustment) checkAdjustment(dataset.adjustment, declaration)
  return dataset
}

/** The format in which a field of its type cannot be stored, if it has one. */
function misfit({ type, dateFormat, numberFormat, symbolFormat }: Field): string | undefined {
  if (dateFormat !== undefined && !takesFormat(type, dateFormat)) return dateFormat
  if (numberFormat !== undefined && !['float64', 'int32', 'int64', 'bool'].includes(type)) return numberFormat
  return type === 'symbol' ? undefined : symbolFormat
}

function checkDuplicates(
  { onDuplicate, key }: Dataset,
  need: (role: string, name: string, ...types: FieldTypeName[]) => void,
  fail: (reason: string) => never,
): void {
  if (onDuplicate === undefined || onDuplicate === 'identical') return
  const { keep, order } = Object(onDuplicate) as Partial<Exclude<OnDuplicate, string>>
  if (keep !== 'first' && keep !== 'last')
    fail(`onDuplicate: got ${show(onDuplicate)}; expected 'identical', or { keep: 'first' or 'last', order: a field }`)
  need('onDuplicate order', order as string, 'date', 'datetime', 'float64', 'int32', 'int64')
  if (key.includes(order as string))
    fail(`onDuplicate order ${order} is in the key, so rows with equal keys cannot differ in it`)
}

function checkPointInTime(
  { fields, pointInTime, symbol, date }: Dataset,
  need: (role: string, name: string, ...types: FieldTypeName[]) => void,
  fail: (reason: string) => never,
): void {
  switch (pointInTime?.kind) {
    case 'announced':
      for (const name of [pointInTime.period, pointInTime.announced, pointInTime.actual])
        if (name !== undefined) need('pointInTime', name, 'date')
      for (const name of [pointInTime.reportType, pointInTime.update]) if (name !== undefined) need('pointInTime', name)
      if (!symbol) fail('pointInTime: announced rows require a symbol field')
      break
    case 'published':
      if (!symbol || !date) fail('pointInTime: published rows require symbol and date fields')
      break
    case 'interval':
      for (const name of [pointInTime.from, pointInTime.to]) need('pointInTime', name, 'date')
      for (const name of fieldsUnknownAsOf(pointInTime)) {
        need('pointInTime', name)
        if (!fields[name]?.nullable)
          fail(`pointInTime ${name} is null in answers as of a date; declare it without .required()`)
      }
      for (const name of Object.keys(pointInTime.instead ?? {})) need('pointInTime instead', name)
      break
    case 'next-day':
      if (!symbol || !date) fail('pointInTime: next-day rows require symbol and date fields')
      need('pointInTime', date, 'date')
      break
    case 'current':
      for (const name of pointInTime.immutable) need('pointInTime', name)
      for (const name of Object.keys(pointInTime.instead ?? {})) need('pointInTime instead', name)
  }
}

/** The fields of interval rows that are not known while the row is in force. */
export const fieldsUnknownAsOf = ({
  to,
  currentOnly = [],
}: Extract<PointInTimeRule, { kind: 'interval' }>): readonly string[] => [to, ...currentOnly]

/** The fields that distinguish rows of a dataset: its key without fixed fields. */
export const distinguishing = ({ key, only = {} }: Pick<Dataset, 'key' | 'only'>): readonly string[] =>
  key.filter((name) => !Object.hasOwn(only, name))

/** The table of a dataset in the database; the pattern of their names, where there are several. */
export const tableName = (dataset: Dataset): string => dataset.tables?.pattern ?? dataset.table ?? dataset.name

/** The column of a field in the database; throws a `TypeError` for an unknown field. */
export function columnName(dataset: Dataset, name: string): string {
  const field = own(dataset.fields, name)
  if (!field) throw new TypeError(`dataset ${dataset.name} has no field ${name}`)
  return field.column ?? name
}

/**
 * Combines datasets into the catalogue that a server serves and a client is typed by.
 *
 * Trading days, listings and other market data come from datasets with Tushare's names and fields, such as `trade_cal`;
 * `roles` names others.
 *
 * @param datasets - the datasets, each under its own name
 * @throws `TypeError` if a dataset has another name than its property, or a list, factors or a role lack what they need
 * @example
 * ```ts
 * import { defineCatalogue, tushare } from '@stockdb/contract'
 * const catalogue = defineCatalogue({ daily: tushare.daily, adj_factor: tushare.adj_factor, trade_cal: tushare.trade_cal })
 * ```
 */
export function defineCatalogue<const C extends Catalogue>(datasets: C): C
/**
 * Combines datasets, and declares which of them provide market data such as trading days.
 *
 * @param datasets - the datasets, each under its own name
 * @param roles - the dataset and fields of each role, such as `calendar`; see {@link CatalogueRoles}
 * @throws `TypeError` if a dataset has another name than its property, or a list, factors or a role lack what they need
 * @example
 * ```ts
 * import { bool, date, defineCatalogue, defineDataset, text } from '@stockdb/contract'
 * const fields = { market: text.required('Exchange'), day: date.required('Day'), is_open: bool.required('Open') }
 * const my_days = defineDataset({ name: 'my_days', description: 'Days', fields, key: ['market', 'day'] })
 * defineCatalogue({ my_days }, { calendar: { dataset: 'my_days', exchange: 'market', day: 'day', open: 'is_open' } })
 * ```
 */
export function defineCatalogue<const C extends Catalogue, const R extends CatalogueRoles<C>>(
  datasets: C,
  roles: R & ExactRoles<R>,
): WithRoles<C, R>
export function defineCatalogue(datasets: Catalogue, roles?: CatalogueRoles): Catalogue {
  if (roles !== undefined) checkRoleNames(roles)
  const catalogue =
    roles === undefined ? datasets : { ...datasets, [catalogueRoles]: { ...declaredRoles(datasets), ...roles } }
  for (const [name, dataset] of Object.entries(catalogue)) {
    if (name !== dataset.name) throw new TypeError(`dataset ${dataset.name} is registered as ${name}`)
    refuseUnknownKeys(dataset)
    const list = dataset.symbols === undefined ? undefined : own(catalogue, dataset.symbols)
    if (list && list.symbol === undefined)
      throw new TypeError(`dataset ${name}: its symbols are listed in ${dataset.symbols}, which has no symbol field`)
    if (dataset.adjustment) checkFactors(name, dataset.adjustment, own(catalogue, dataset.adjustment.dataset))
    checkListing(catalogue, dataset)
  }
  rolesOf(catalogue)
  return catalogue
}

function checkListing(catalogue: Catalogue, { name, listing }: Dataset): void {
  const list = listing && own(catalogue, listing.dataset)
  if (!listing || !list) return
  const bad = [listing.from, listing.to].find((field) => own(list.fields, field)?.type !== 'date')
  if (list.symbol === undefined || bad !== undefined)
    throw new TypeError(
      `dataset ${name}: its listing comes from ${list.name}, which has no ${bad === undefined ? 'symbol' : `date ${bad}`}`,
    )
}

/** Factors are doubles by symbol and day. */
function checkFactors(name: string, rule: AdjustmentRule, factors: Dataset | undefined): void {
  const fail = (reason: string): never => {
    throw new TypeError(`dataset ${name}: its factors come from ${rule.dataset}.${rule.factor}, ${reason}`)
  }
  const field = factors && own(factors.fields, rule.factor)
  if (!factors || !field) fail('which does not exist')
  else if (field.type !== 'float64') fail(`which is ${field.type}, not float64`)
  else if (!factors.symbol || !factors.date) fail('but factors are found by symbol and date, which it lacks')
}

/** The fields that every answer of a dataset contains: its symbol and date, or its key if it has no date. */
export function keyFields(dataset: Dataset): string[] {
  const roles = [dataset.symbol, dataset.date].filter((name) => name !== undefined)
  return dataset.date === undefined ? [...new Set([...roles, ...dataset.key])] : roles
}

/** The names of a dataset's fields. */
export type FieldName<D extends Dataset> = keyof D['fields'] & string

/** The type of {@link keyFields}. */
export type KeyFieldName<D extends Dataset> = (
  | (D extends { readonly symbol: infer S } ? S : never)
  | (D extends { readonly date: infer T } ? T : D['key'][number])
) &
  FieldName<D>

/** Datasets whose rows have a date answer `range`, `at` and `latest`. */
export type Dated = { readonly date: string }

/** Datasets with announced, published or interval rows answer `asOf`. */
export type PointInTime = { readonly pointInTime: { readonly kind: 'announced' | 'published' | 'interval' } }

/** `Then` for datasets whose rows can be written: in tables of stockdb's own, and in others that are declared writable. */
export type IfWritable<D, Then> = D extends { readonly managed: false }
  ? D extends { readonly writable: true }
    ? Then
    : unknown
  : Then

/** Whether rows of a dataset may be written. */
export const isWritable = ({ managed, writable }: Pick<Dataset, 'managed' | 'writable'>): boolean =>
  managed !== false || writable === true

/** Datasets whose prices can be adjusted take `adjust` and `anchor`. */
export type Adjustable = { readonly adjustment: AdjustmentRule }
