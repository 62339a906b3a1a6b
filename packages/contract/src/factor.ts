import { defineDataset, type Fields } from './dataset.ts'
import { fieldTypes, TEXT_LENGTH } from './field-types.ts'
import type { Field } from './fields.ts'
import { factorRoles } from './inputs/factor-inputs.ts'
import { reservedNames } from './reserved-names.ts'
import { show } from './show.ts'
import { securityDay } from './tushare/bar-fields.ts'

/** A factor's table, index and mark take its name and more, and databases allow 64 characters. */
export const FACTOR_FORM = /^[a-z][a-z0-9_]{0,31}$/
const FIELD_FORM = /^[a-z][a-z0-9_]{0,47}$/
const NAME_EXPECTED = 'a lower-case letter, then lower-case letters, digits and underscores'

/** Limits of one factor: a row of MySQL has at most 64 KB, and a definition is one row of a table. */
const MAX_FIELDS = 64
const MAX_TEXT = 4_000
const MAX_TEXTS = 12_000
const MAX_DESCRIPTION = 200
const MAX_UNIT = 64
/** Characters of all that is kept of a definition, as JSON. */
export const MAX_DEFINITION = 12_000

const NUMBERS: readonly string[] = ['float64', 'int32', 'int64']
const FIELD_OPTIONS: readonly string[] = ['type', 'nullable', 'description', 'unit', 'length']

/**
 * A factor to define: a dataset of symbol and day with fields of your own.
 *
 * @example
 * ```ts
 * import { type FactorDeclaration, float64 } from '@stockdb/contract'
 * const factor: FactorDeclaration = {
 *   name: 'my_alpha',
 *   description: 'Return of the last 20 days, reversed',
 *   fields: { value: float64('The factor') },
 * }
 * ```
 */
export interface FactorDeclaration {
  /** The name in paths, in the client and in queries: a lower-case letter, then letters, digits and `_`; at most 32 characters. */
  readonly name: string
  /** One line of description. */
  readonly description: string
  /**
   * The unit of all its numbers that have none of their own.
   *
   * @default no unit
   * @example
   * ```ts
   * import type { FactorDeclaration } from '@stockdb/contract'
   * const part: Partial<FactorDeclaration> = { unit: 'percent' }
   * ```
   */
  readonly unit?: string
  /** The fields besides `ts_code` and `trade_date`, which every factor has. */
  readonly fields: Fields
}

/** The dataset of a factor: its fields by `ts_code` and `trade_date`. */
export interface Factor<F extends FactorDeclaration = FactorDeclaration> {
  readonly name: F['name']
  readonly description: string
  readonly fields: { readonly [K in keyof (typeof securityDay & F['fields'])]: (typeof securityDay & F['fields'])[K] }
  readonly key: readonly ['ts_code', 'trade_date']
  readonly symbol: 'ts_code'
  readonly date: 'trade_date'
  readonly calendar: 'SSE'
}

/**
 * Declares a factor, for its types and for `db.factors.define`.
 *
 * @param declaration - name, description, fields, and the unit of its numbers
 * @returns the dataset that the factor is
 * @throws `TypeError` for an invalid name, field or unit
 * @example
 * ```ts
 * import { defineFactor, float64, type Tushare } from '@stockdb/contract'
 * const mine = {
 *   my_alpha: defineFactor({ name: 'my_alpha', description: 'My factor', fields: { value: float64('The factor') } }),
 * }
 * type Mine = Tushare & typeof mine // connect<Mine>(url)
 * ```
 */
export function defineFactor<const F extends FactorDeclaration>(declaration: F): Factor<F> {
  const { name, description, fields, unit } = checked(declaration)
  const own = Object.entries(fields).map(([field, { type, nullable, description: says, length, ...options }]) => {
    const units = NUMBERS.includes(type) ? (options.unit ?? unit) : options.unit
    const kept: Field = {
      ...{ type, nullable, description: says },
      ...(units === undefined ? {} : { unit: units }),
      ...(length === undefined ? {} : { length }),
    }
    return [field, kept]
  })
  // `checked` has compared every field with its declared type.
  return defineDataset({
    ...{ name, description, fields: { ...securityDay, ...Object.fromEntries(own) } },
    ...factorRoles,
  }) as unknown as Factor<F>
}

/** What a definition says besides its name, as it is kept and sent: the fields without symbol and date. */
export function declarationOf({
  name,
  description,
  fields,
}: Pick<Factor, 'name' | 'description' | 'fields'>): FactorDeclaration {
  const own = Object.entries(fields).filter(([field]) => !Object.hasOwn(securityDay, field))
  return { name, description, fields: Object.fromEntries(own) }
}

/** The declaration, if it is one: it may come from JavaScript, or over the wire. */
function checked(given: FactorDeclaration): FactorDeclaration {
  const { name, description, unit, fields } = Object(given) as FactorDeclaration
  const refuse = (argument: string, value: unknown, expected: string): never => {
    throw new TypeError(`${argument}: got ${value === undefined ? 'nothing' : show(value)}; expected ${expected}`)
  }
  if (typeof name !== 'string' || !FACTOR_FORM.test(name)) refuse('name', name, `${NAME_EXPECTED}, at most 32 in all`)
  if (reservedNames.includes(name) || name.startsWith('stockdb_'))
    refuse('name', name, 'a name that the server and the client do not use themselves')
  const requireText = (argument: string, value: unknown, most: number): void => {
    if (typeof value !== 'string' || value.trim() === '' || value.length > most)
      refuse(argument, value, `a text of 1 to ${most} characters`)
  }
  requireText('description', description, MAX_DESCRIPTION)
  if (unit !== undefined) requireText('unit', unit, MAX_UNIT)
  const named = isRecord(fields) ? Object.entries(fields) : []
  if (named.length === 0 || named.length > MAX_FIELDS)
    refuse(
      'fields',
      isRecord(fields) ? named.length : fields,
      `1 to ${MAX_FIELDS} fields, such as { value: float64('…') }`,
    )
  let texts = 0
  for (const [field, declared] of named) {
    const at = `fields.${field.slice(0, MAX_UNIT)}`
    if (!FIELD_FORM.test(field) || field === 'constructor')
      refuse('fields', field, `names of ${NAME_EXPECTED}, at most 48 in all`)
    if (Object.hasOwn(securityDay, field))
      refuse('fields', field, 'other fields: every factor has ts_code and trade_date')
    if (!isRecord(declared)) refuse(at, declared, "a field such as float64('…')")
    const { type, nullable, description: says, length } = declared
    const option = Object.keys(declared).find((key) => !FIELD_OPTIONS.includes(key))
    if (option !== undefined)
      refuse(at, option, `only ${FIELD_OPTIONS.join(', ')}: the table of a factor is stockdb's own`)
    if (!Object.hasOwn(fieldTypes, type)) refuse(`${at}.type`, type, `one of ${Object.keys(fieldTypes).join(', ')}`)
    if (typeof nullable !== 'boolean') refuse(`${at}.nullable`, nullable, 'true or false')
    requireText(`${at}.description`, says, MAX_DESCRIPTION)
    if (declared.unit !== undefined) requireText(`${at}.unit`, declared.unit, MAX_UNIT)
    if (length !== undefined && !(type === 'text' && Number.isInteger(length) && length >= 1 && length <= MAX_TEXT))
      refuse(`${at}.length`, length, `1 to ${MAX_TEXT} characters, of a text`)
    if (type === 'text') texts += length ?? TEXT_LENGTH
  }
  if (texts > MAX_TEXTS) refuse('fields', `texts of ${texts} characters`, `at most ${MAX_TEXTS} in all`)
  const size = JSON.stringify({ description, unit, fields }).length
  if (size > MAX_DEFINITION) refuse('fields', `${size} characters of definition`, `at most ${MAX_DEFINITION}`)
  return given
}

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)
