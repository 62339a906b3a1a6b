import type { Catalogue, Dataset } from './declaration.ts'
import type { FieldTypeName } from './field-types.ts'
import type { Exact } from './known-keys.ts'
import { nearest } from './nearest.ts'
import { show } from './show.ts'
import { tushareRoles } from './tushare/roles.ts'

/** The key of a catalogue's roles. A registered symbol, because a configuration file may import another copy of this module. */
export const catalogueRoles: unique symbol = Symbol.for('stockdb.roles')

/** The fields of a dataset that have one of the types. */
type FieldsOf<D extends Dataset, Type extends FieldTypeName> = {
  [F in keyof D['fields'] & string]: Extract<D['fields'][F]['type'], Type> extends never ? never : F
}[keyof D['fields'] & string]

/** The trading calendar: one row per exchange and day, open or not. */
export interface CalendarRole<D extends Dataset = Dataset, Name = string> {
  readonly dataset: Name
  /** Field with the exchange. */
  readonly exchange: FieldsOf<D, 'symbol' | 'text'>
  /** Field with the day. */
  readonly day: FieldsOf<D, 'date'>
  /** Field that is 1, or true, on a trading day. */
  readonly open: FieldsOf<D, 'bool' | 'int32' | 'int64'>
}

/** The list of stocks: one row each, including delisted ones. `db.instruments` needs `name`, `listed` and `delisted`. */
export interface StocksRole<D extends Dataset = Dataset, Name = string> {
  readonly dataset: Name
  /** Field with the current name. */
  readonly name?: FieldsOf<D, 'text'>
  /** Field with the first day of listing. */
  readonly listed?: FieldsOf<D, 'date'>
  /** Field with the first day after the listing; null while listed. */
  readonly delisted?: FieldsOf<D, 'date'>
  /** Field with the code without its exchange, which `instruments.search` searches too. */
  readonly bareCode?: FieldsOf<D, 'text'>
  /** Field with the initials of the name in pinyin, which `instruments.search` searches too. */
  readonly pinyin?: FieldsOf<D, 'text'>
  /** Field with the current listing status. */
  readonly status?: FieldsOf<D, 'text'>
}

/** The names of stocks over time: a dataset with `pointInTime: { kind: 'interval', … }`. */
export interface NamesRole<D extends Dataset = Dataset, Name = string> {
  readonly dataset: Name
  readonly name: FieldsOf<D, 'text'>
}

/** The constituents of indices: a dataset with `pointInTime: { kind: 'published' }`, whose symbol is the index. */
export interface ConstituentsRole<D extends Dataset = Dataset, Name = string> {
  readonly dataset: Name
  /** Field with the code of the constituent. */
  readonly member: FieldsOf<D, 'symbol' | 'text'>
}

/** The days on which stocks were suspended: one row per stock and day. */
export interface SuspensionsRole<D extends Dataset = Dataset, Name = string> {
  readonly dataset: Name
  /** Field that is `'S'` or null in suspension rows, and another value in other rows. */
  readonly type?: FieldsOf<D, 'text'>
  /** Field with the hours of a suspension within a day; null or empty for the whole day. */
  readonly timing?: FieldsOf<D, 'text'>
}

/** The datasets of a catalogue that provide market data to the server. */
export interface CatalogueRoles<C extends Catalogue = Catalogue> {
  readonly calendar?: { [N in keyof C & string]: CalendarRole<C[N], N> }[keyof C & string]
  readonly stocks?: { [N in keyof C & string]: StocksRole<C[N], N> }[keyof C & string]
  readonly names?: { [N in keyof C & string]: NamesRole<C[N], N> }[keyof C & string]
  readonly constituents?: { [N in keyof C & string]: ConstituentsRole<C[N], N> }[keyof C & string]
  readonly suspensions?: { [N in keyof C & string]: SuspensionsRole<C[N], N> }[keyof C & string]
}

type RoleName = keyof CatalogueRoles

/** Roles without unknown options. */
export type ExactRoles<R> = Exact<R, CatalogueRoles>

/** Adds declared roles to a catalogue; its existing roles stay unless declared again. */
export type WithRoles<C extends Catalogue, R> = C extends { readonly [catalogueRoles]: infer Before }
  ? Omit<C, typeof catalogueRoles> & { readonly [catalogueRoles]: Omit<Before, keyof R> & R }
  : C & { readonly [catalogueRoles]: R }

/** A resolved role: the dataset, and the names of the fields that it has. */
export type Held<Role extends { readonly dataset: unknown }> = Omit<Role, 'dataset'> & { readonly dataset: Dataset }

/** The roles that datasets of a catalogue have. */
export interface HeldRoles {
  readonly calendar?: Held<CalendarRole>
  readonly stocks?: Held<StocksRole>
  readonly names?: Held<NamesRole>
  readonly constituents?: Held<ConstituentsRole>
  readonly suspensions?: Held<SuspensionsRole>
}

/** Requirements of a role on its dataset. */
interface RoleRule {
  readonly needed: Readonly<Record<string, readonly FieldTypeName[]>>
  readonly optional: Readonly<Record<string, readonly FieldTypeName[]>>
  /** The property that the dataset lacks, if any. */
  lacks(dataset: Dataset): string | undefined
}

const unless = (good: boolean, what: string): string | undefined => (good ? undefined : what)
const text = ['text'] as const
const code = ['symbol', 'text'] as const
const day = ['date'] as const

const rules: Readonly<Record<RoleName, RoleRule>> = {
  calendar: {
    needed: { exchange: code, day, open: ['bool', 'int32', 'int64'] },
    optional: {},
    lacks: () => undefined,
  },
  stocks: {
    needed: {},
    optional: { name: text, listed: day, delisted: day, bareCode: text, pinyin: text, status: text },
    lacks: ({ symbol }) => unless(symbol !== undefined, 'a symbol'),
  },
  names: {
    needed: { name: text },
    optional: {},
    lacks: ({ symbol, pointInTime }) =>
      unless(symbol !== undefined && pointInTime?.kind === 'interval', "a symbol, and pointInTime of kind 'interval'"),
  },
  constituents: {
    needed: { member: code },
    optional: {},
    lacks: ({ pointInTime }) => unless(pointInTime?.kind === 'published', "pointInTime of kind 'published'"),
  },
  suspensions: {
    needed: {},
    optional: { type: text, timing: text },
    lacks: ({ symbol, date, fields }) =>
      unless(
        symbol !== undefined && date !== undefined && fields[date]?.type === 'date',
        'a symbol, and a date of type date',
      ),
  },
}

const roleNames = Object.keys(rules) as RoleName[]

const held = new WeakMap<Catalogue, HeldRoles>()

/**
 * The roles of a catalogue: the declared ones, else those of datasets with Tushare's names. Throws a `TypeError` for a
 * declared role that does not fit its dataset; a default role is skipped if it does not fit.
 */
export function rolesOf(catalogue: Catalogue): HeldRoles {
  let roles = held.get(catalogue)
  if (!roles) {
    const declared = declaredRoles(catalogue)
    const found = roleNames.flatMap((role) => {
      const one = declared[role] === undefined ? byName(catalogue, role) : check(catalogue, role, declared[role])
      return one ? [[role, one]] : []
    })
    roles = Object.fromEntries(found) as HeldRoles
    held.set(catalogue, roles)
  }
  return roles
}

/** The declared roles of a catalogue. */
export function declaredRoles(catalogue: Catalogue): CatalogueRoles {
  return (catalogue as { readonly [catalogueRoles]?: CatalogueRoles })[catalogueRoles] ?? {}
}

/** Throws a `TypeError` unless the value is an object of roles. */
export function checkRoleNames(declared: unknown): void {
  if (typeof declared !== 'object' || declared === null || Array.isArray(declared))
    throw new TypeError(`roles: got ${show(declared)}; expected an object with ${roleNames.join(', ')}`)
  refuseUnknown('roles', declared, roleNames)
}

/** Resolves a declared role; throws if its dataset or one of its fields does not fit. */
function check(catalogue: Catalogue, role: RoleName, declared: unknown): Held<{ dataset: unknown }> {
  const { needed, optional, lacks } = rules[role]
  const types = { ...needed, ...optional }
  if (typeof declared !== 'object' || declared === null)
    throw new TypeError(
      `roles.${role}: got ${show(declared)}; expected an object with ${['dataset', ...Object.keys(needed)].join(', ')}`,
    )
  refuseUnknown(`roles.${role}`, declared, ['dataset', ...Object.keys(types)])
  const { dataset: name, ...fields } = declared as Record<string, unknown>
  const dataset = typeof name === 'string' && Object.hasOwn(catalogue, name) ? catalogue[name] : undefined
  if (!dataset) throw new TypeError(`roles.${role}.dataset: got ${show(name)}; expected a dataset of the catalogue`)
  const lack = lacks(dataset)
  if (lack !== undefined) throw new TypeError(`roles.${role}: the dataset ${dataset.name} does not have ${lack}`)
  for (const [option, allowed] of Object.entries(types)) {
    if (fields[option] === undefined && option in optional) continue
    if (!fits(dataset, fields[option], allowed))
      throw new TypeError(
        `roles.${role}.${option}: got ${show(fields[option])}; expected a field of ${dataset.name} of type ${allowed.join(' or ')}`,
      )
  }
  return { ...fields, dataset }
}

/** The default role of Tushare's dataset. A dataset of that name may be unrelated, with other fields. */
function byName(catalogue: Catalogue, role: RoleName): Held<{ dataset: unknown }> | undefined {
  const { dataset: name, ...fields }: Record<string, string> & { dataset: string } = tushareRoles[role]
  const dataset = Object.hasOwn(catalogue, name) ? catalogue[name] : undefined
  const { needed, optional, lacks } = rules[role]
  if (!dataset || lacks(dataset) !== undefined) return undefined
  if (Object.entries(needed).some(([option, types]) => !fits(dataset, fields[option], types))) return undefined
  const kept = Object.entries(fields).filter(([option, field]) =>
    fits(dataset, field, { ...needed, ...optional }[option]),
  )
  return { ...Object.fromEntries(kept), dataset }
}

function fits({ fields }: Dataset, field: unknown, types: readonly FieldTypeName[] = []): boolean {
  if (typeof field !== 'string' || !Object.hasOwn(fields, field)) return false
  const { type } = fields[field] ?? {}
  return type !== undefined && types.includes(type)
}

function refuseUnknown(what: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((key) => !known.includes(key))
  if (unknown !== undefined)
    throw new TypeError(`${what}: got the option "${unknown.slice(0, 60)}"; did you mean "${nearest(unknown, known)}"?`)
}
