import { isDeepStrictEqual } from 'node:util'
import { type Dataset, tushare } from '@stockdb/contract'
import { tushareRoles } from '@stockdb/contract/internal'
import type { Choice, DatasetDraft, Draft, FieldDraft } from './draft.ts'
import { NO_INDEX } from './introspect.ts'
import { literal, oneLine, quote } from './source-text.ts'

/**
 * Writes a draft as a TypeScript file that declares and exports the catalogue. The same draft gives the same text. What is as
 * Tushare has it is taken from there, and what is a default is not written.
 */
export function catalogueSource(draft: Draft): string {
  const body = [
    ...draft.leftOut.map(({ table, reason }) => `  // left out: the table ${quote(table)}: ${oneLine(reason)}`),
    ...draft.datasets.flatMap(datasetLines),
  ]
  const roles = roleLines(draft.datasets)
  const used = new Set(
    [...body.join('\n').matchAll(/: ([a-z0-9]+)(?:\.required)?\('/g)].map(([, type]) => type as string),
  )
  const words = ['defineCatalogue', ...(draft.datasets.length > 0 ? ['defineDataset'] : []), ...used]
  if (body.some((line) => line.includes('tushare.'))) words.push('tushare')
  return [
    `import { ${words.toSorted().join(', ')} } from '@stockdb/contract'`,
    '',
    `// Written by "stockdb introspect" from a ${oneLine(draft.version)} database. Please check what is marked "guessed";`,
    '// this file is now yours: rename, describe, remove, add units. int64 columns arrive as bigints. A row whose symbol or date is',
    '// null makes an answer fail.',
    ...(roles.length === 0
      ? ['export const catalogue = defineCatalogue({', ...body, '})']
      : [
          'export const catalogue = defineCatalogue(',
          ...['  {', ...body.map((line) => `  ${line}`), '  },'],
          ...['  {', ...roles.map((line) => `    ${line}`), '  },', ')'],
        ]),
    '',
    'export default catalogue',
    '',
  ].join('\n')
}

function datasetLines(draft: DatasetDraft): string[] {
  const {
    name,
    table,
    tables,
    wide,
    description,
    fields,
    leftOut,
    key,
    symbol,
    date,
    only,
    rules = {},
    scanned,
    warnings,
  } = draft
  const like = likeOf(draft)
  const whole = like && isWhole(like, draft)
  const from = `tushare.${like?.name}`
  const property = (option: string, value: unknown, guess = ''): string[] =>
    value === undefined || (whole && same(value, like[option as keyof Dataset]))
      ? []
      : [
          `    ${option}: ${like && same(value, like[option as keyof Dataset]) ? shorter(value, `${from}.${option}`) : literal(value)},${guess}`,
        ]
  return [
    ...warnings.map((warning) => `  // look: ${oneLine(warning)}`),
    `  ${name}: defineDataset({`,
    ...(whole ? [`    ...${from},`] : []),
    ...property('name', name),
    ...(table === name || tables ? [] : [`    table: ${quote(table)},`]),
    ...(tables
      ? [
          `    tables: ${literal({ pattern: tables.pattern, ...(tables.notation ? { notation: tables.notation } : {}) })},`,
        ]
      : []),
    ...(wide ? [`    wide: ${literal(wide)},`] : []),
    '    managed: false,',
    ...(scanned === undefined ? [] : [`    latest: 'scan',${scanned === NO_INDEX ? '' : ` // ${oneLine(scanned)}`}`]),
    ...property('description', description),
    ...(only === undefined ? [] : [`    only: ${literal(only)},`]),
    ...fieldLines(like, whole === true, fields, leftOut),
    ...property('key', key.value, guessed(key)),
    ...property('symbol', symbol?.value, symbol && guessed(symbol)),
    ...property('date', date?.value, date && guessed(date)),
    ...Object.entries(rules).flatMap(([option, value]) => property(option, value)),
    '  }),',
  ]
}

function fieldLines(
  like: Dataset | undefined,
  whole: boolean,
  fields: readonly FieldDraft[],
  leftOut: DatasetDraft['leftOut'],
): string[] {
  const from = `tushare.${like?.name}.fields`
  const notThere = leftOut.map(
    ({ column, columnType, reason }) =>
      `      // left out: ${quote(column)}, ${oneLine(columnType)}: ${oneLine(reason)}`,
  )
  const all =
    like !== undefined && Object.keys(like.fields).every((name) => fields.some((field) => field.name === name))
  const lines = fields.flatMap((field) => {
    const known = like?.fields[field.name]
    if (!known || known.type !== field.type || known.nullable !== field.nullable) return [`      ${fieldLine(field)}`]
    const options = optionsOf(field)
    if (options.length === 0) return all ? [] : [`      ${field.name}: ${from}.${field.name},`]
    return [`      ${field.name}: { ...${from}.${field.name}, ${options.join(', ')} },${notesOf(field)}`]
  })
  if (all && lines.length === 0 && notThere.length === 0) return whole ? [] : [`    fields: ${from},`]
  return ['    fields: {', ...(all ? [`      ...${from},`] : []), ...lines, ...notThere, '    },']
}

function fieldLine(field: FieldDraft): string {
  const { name, type, nullable, unit, description } = field
  const options = [...optionsOf(field), ...(unit === undefined ? [] : [`unit: ${quote(unit)}`])]
  const declared = `${type}${nullable ? '' : '.required'}`
  const given = [quote(description), ...(options.length > 0 ? [`{ ${options.join(', ')} }`] : [])].join(', ')
  return `${name}: ${declared}(${given}),${notesOf(field)}`
}

const optionsOf = ({ name, column, dateFormat, numberFormat, symbolFormat, exchange }: FieldDraft): string[] => [
  ...(column === name ? [] : [`column: ${quote(column)}`]),
  ...(dateFormat === undefined ? [] : [`dateFormat: ${quote(dateFormat)}`]),
  ...(numberFormat === undefined ? [] : [`numberFormat: ${quote(numberFormat)}`]),
  ...(symbolFormat === undefined ? [] : [`symbolFormat: ${quote(symbolFormat)}`]),
  ...(exchange === undefined ? [] : [`exchange: ${literal(exchange)}`]),
]

const notesOf = ({ notes }: FieldDraft): string => (notes.length > 0 ? ` // ${notes.map(oneLine).join('; ')}` : '')

const guessed = ({ guess }: Choice<unknown>): string => (guess === undefined ? '' : ` // guessed: ${oneLine(guess)}`)

/** Tushare's dataset that a draft is a copy of. */
const likeOf = ({ like }: DatasetDraft): Dataset | undefined =>
  like === undefined ? undefined : (tushare as Readonly<Record<string, Dataset>>)[like]

/** Whether a copy has all that Tushare's dataset has, so that it can begin with that. */
const isWhole = (like: Dataset, { rules = {}, fields, symbol, date }: DatasetDraft): boolean =>
  Object.keys(like).every(
    (option) =>
      ['name', 'description', 'fields', 'key', 'symbol', 'date'].includes(option) || Object.hasOwn(rules, option),
  ) &&
  (like.symbol === undefined) === (symbol === undefined) &&
  (like.date === undefined) === (date === undefined) &&
  Object.keys(like.fields).every((name) => fields.some((field) => field.name === name))

/** The roles of copies that do not have Tushare's names, by which they would be known. */
function roleLines(drafts: readonly DatasetDraft[]): string[] {
  return Object.entries(tushareRoles).flatMap(([role, { dataset, ...options }]) => {
    const held = drafts.find(({ like }) => like === dataset)
    if (!held || held.name === dataset || drafts.some(({ name }) => name === dataset)) return []
    if (['names', 'constituents'].includes(role) && held.rules?.pointInTime === undefined) return []
    const has = Object.entries(options).filter(([, field]) => held.fields.some(({ name }) => name === field))
    return [`${role}: ${literal({ dataset: held.name, ...Object.fromEntries(has) })},`]
  })
}

/** Whether two values are equal, whatever the order of their options. */
const same = (one: unknown, other: unknown): boolean => isDeepStrictEqual(one, other)

const shorter = (value: unknown, reference: string): string => {
  const written = literal(value)
  return written.length <= reference.length ? written : reference
}
