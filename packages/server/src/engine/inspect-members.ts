import { createHash } from 'node:crypto'
import type { Dataset } from '@stockdb/contract'
import { columnName, type Member, memberDataset, membersAmong, tableName } from '@stockdb/contract/internal'
import { deadline } from './deadline.ts'
import type { DescribedTable } from './described-table.ts'
import type { Engine } from './engine.ts'
import { FormatCheck } from './format-check.ts'
import type { Inspection } from './inspection.ts'
import { searchesOfNames } from './member-names.ts'
import { compareTable, describeDifference, enforcesKey, roundedFields, singleFields } from './schema.ts'
import type { ColumnShape } from './table-shape.ts'

const DESCRIBE_TIMEOUT_MS = 60_000
/** Tables that a message names. */
const NAMED = 3

/** Looks at all tables of a dataset with several, or at the columns of a wide one. */
export async function inspectMembers(engine: Engine, dataset: Dataset): Promise<Inspection> {
  const signal = deadline(DESCRIBE_TIMEOUT_MS)
  const members = await membersOf(engine, dataset, signal)
  const pattern = (dataset.tables ?? dataset.wide)?.pattern
  if (members.length === 0) {
    const what = dataset.wide ? `no column in the table ${tableName(dataset)}` : 'no table'
    return { problem: `the database has ${what} whose name is like ${pattern}; ${REMEDY}` }
  }
  const twice = members.find((member, at) => {
    const before = members[at - 1]
    return before?.symbol === member.symbol && before?.from === member.from
  })
  if (twice) {
    const [one, other] = members
      .filter(({ symbol, from }) => symbol === twice.symbol && from === twice.from)
      .map(nameOf)
    return {
      problem: `the tables of ${dataset.name}: ${one} and ${other} are both for ${twice.symbol ?? twice.from}; expected one of them: narrow the pattern ${pattern}`,
    }
  }
  const names = [...new Set(members.map(({ table }) => table))]
  const found = await engine.describeSeveral(names, signal)
  const shapes = new Map(names.map((name, at) => [name, found[at]]))
  const described: (DescribedTable & { readonly member: Member })[] = []
  for (const member of members) {
    const shape = shapes.get(member.table)
    if (shape) described.push({ member, dataset: memberDataset(dataset, member), shape })
  }
  const problem = differing(engine, dataset, described)
  const [first] = described
  if (problem !== undefined || !first) return { problem: problem ?? `the tables of ${dataset.name} were dropped` }
  return {
    members: described.map(({ member }) => member),
    shape: first.shape,
    signature: signatureOf(described),
    enforcesKey: described.every((one) => enforcesKey(engine.dialect, one.dataset, one.shape)),
    singles: singleFields(engine.dialect, first.dataset, first.shape),
    rounded: new Set(described.flatMap((one) => [...roundedFields(engine.dialect, one.dataset, one.shape)])),
    formats: () => FormatCheck.of(engine, described, searchesOfNames(engine, dataset, described)),
    codes: () => undefined,
    differences: [...new Set(described.flatMap((one) => minor(engine, one)))],
  }
}

/** The members of a dataset that the database has now. */
export async function membersOf(engine: Engine, dataset: Dataset, signal: AbortSignal): Promise<readonly Member[]> {
  if (!dataset.wide) return membersAmong(dataset, await engine.tableNames(signal))
  const names = Object.keys(dataset.fields).map((field) => columnName(dataset, field))
  const shape = await engine.describe(tableName(dataset), signal)
  const columns = shape?.columns.map(({ name }) => name) ?? []
  return membersAmong(
    dataset,
    columns.filter((name) => !names.includes(name)),
  )
}

const REMEDY = 'declare it as it is: "stockdb introspect" writes how'

const nameOf = ({ table, column }: Member): string => column ?? table

const minor = ({ dialect }: Engine, { dataset, shape }: DescribedTable): string[] =>
  compareTable(dialect, dataset, shape)
    .filter(({ breaks }) => !breaks)
    .map(describeDifference)

/** What keeps the tables from being read as one, if anything does. */
function differing(
  engine: Engine,
  { name }: Dataset,
  described: readonly (DescribedTable & { readonly member: Member })[],
): string | undefined {
  const [first] = described
  const points = described.flatMap(({ member, dataset, shape }) => {
    const breaking = compareTable(engine.dialect, dataset, shape).filter(({ breaks }) => breaks)
    const unlike = first ? unlikeColumns(engine, first, { dataset, shape }) : []
    const said = [...breaking.map(describeDifference), ...unlike]
    return said.length === 0 ? [] : [`${nameOf(member)}: ${said.join(', ')}`]
  })
  if (points.length === 0) return undefined
  const more = points.length > NAMED ? `; and ${points.length - NAMED} more` : ''
  return `${points.length} of the ${described.length} tables of ${name} cannot be served as declared: ${points.slice(0, NAMED).join('; ')}${more}; ${REMEDY}, or narrow the pattern`
}

/** Columns that a union would read in another form than each table alone: FLOAT in one and DOUBLE in another, a text and a date. */
function unlikeColumns({ dialect }: Engine, first: DescribedTable, other: DescribedTable): string[] {
  return Object.keys(other.dataset.fields).flatMap((field) => {
    const [one, another] = [first, other].map(({ dataset, shape }) => columnIn(dataset, shape.columns, field))
    if (!one || !another) return []
    const single = (column: ColumnShape): boolean => dialect.columnTypes.isSingle(column.type)
    const { type, dateFormat, numberFormat, symbolFormat } = other.dataset.fields[field] ?? {}
    const isStored = (dateFormat ?? numberFormat ?? symbolFormat) !== undefined
    const unlike =
      single(one) !== single(another) ||
      (isStored && plainType(one) !== plainType(another)) ||
      ((type === 'text' || type === 'symbol') && one.collation !== another.collation)
    const words = ({ type, collation }: ColumnShape): string => [type, collation].filter(Boolean).join(' collate ')
    return unlike ? [`${field} is ${words(another)}, in ${tableName(first.dataset)} ${words(one)}`] : []
  })
}

const columnIn = (dataset: Dataset, columns: readonly ColumnShape[], field: string): ColumnShape | undefined =>
  columns.find(({ name }) => name === columnName(dataset, field))

/** A type without its length: `varchar`. */
const plainType = ({ type }: ColumnShape): string => type.replace(/\(.*/, '')

function signatureOf(described: readonly (DescribedTable & { readonly member: Member })[]): string {
  const hash = createHash('sha256')
  for (const { member, shape } of described) hash.update(JSON.stringify([member, shape]))
  return hash.digest('base64')
}
