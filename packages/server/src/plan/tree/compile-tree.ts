import type { Catalogue, Dataset } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'
import { didYouMean, type FrameField, limits } from '@stockdb/contract/wire'
import { createQueryId, ExpressionWrapper, sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import type { ReadColumn, ReadQuery } from '../../engine/engine.ts'
import { isTextForm } from '../../engine/sql-expressions.ts'
import type { TableFacts } from '../facts.ts'
import type { Expr } from './expr.ts'
import { expression } from './expression.ts'
import { checkLimits } from './limits.ts'
import { refuse } from './refuse.ts'
import { listed } from './scope.ts'
import { select } from './select.ts'
import type { OutputColumn, Translator } from './translator.ts'
import { TreeNode } from './tree-node.ts'

/** Values that every engine takes in one statement. */
const MAX_PARAMETERS = 30_000

/** Whose query it is. */
interface Reader {
  /** Whether they may read a dataset. */
  mayRead(name: string): boolean
  /** Throws `FORBIDDEN` if they may not. */
  requireDataset(name: string): void
}

/** What the translation of a tree depends on. */
export interface TreeContext {
  readonly dialect: Dialect
  readonly catalogue: Catalogue
  readonly reader: Reader
  readonly facts?: TableFacts
  /** May throw why there is no dataset of a name. */
  readonly missing?: (name: string) => void
}

/** A caller's query, ready to be read. */
export interface TreeQuery {
  readonly query: ReadQuery
  readonly fields: readonly FrameField[]
  /** Places of the columns whose numbers the query works out. */
  readonly computed: readonly number[]
  /** The datasets that it reads. */
  readonly datasets: readonly Dataset[]
}

/**
 * Translates the operation tree of a select, as Kysely makes it, into SQL of our own: every node is looked at, every
 * name is looked up in the catalogue or in the query itself, and what is compiled is a new tree in which no object and
 * no name of the caller's stands. Values are bound. Throws `QUERY_REFUSED` for whatever is not in the grammar, which is
 * what means the same on every engine. Pure: it reads nothing.
 */
export function compileTree(tree: unknown, context: TreeContext): TreeQuery {
  checkLimits(tree)
  const { dialect } = context
  const datasets = new Map<string, Dataset>()
  let names = 0
  let selects = 0
  let tables = 0
  const translator: Translator = {
    dialect,
    forms: dialect.expressions,
    dataset: (name) => {
      const dataset = datasetNamed(name, context)
      datasets.set(name, dataset)
      return dataset
    },
    singlesOf: (dataset) => context.facts?.singlesOf(dataset),
    roundedOf: (dataset) => context.facts?.roundedOf(dataset),
    countTables: (more) => {
      tables += more
      if (tables > limits.query.tablesInAll) {
        refuse(
          `the query reads more than ${limits.query.tablesInAll} tables, counting those of a with() each time it is named; split it into several queries`,
        )
      }
      return tables
    },
    freshName: () => `q${++names}`,
    expression: (node, place, wanted) => expression(translator, node, place, wanted),
    select: (node, outer, commonTables) => {
      if (++selects > limits.query.selects) refuse(`the query has more than ${limits.query.selects} selects`)
      return select(translator, node, outer, commonTables)
    },
  }
  const root = new TreeNode(tree)
  if (root.kind !== 'SelectQueryNode') refuse(`the query is a ${root.kind}; expected a select`)
  const { node, columns } = select(translator, root, undefined, new Map(), (expr, column, plain) =>
    readable(context, expr, column, plain),
  )
  const { sql: text, parameters } = dialect.kysely.getExecutor().compileQuery(node, createQueryId())
  if (parameters.length > MAX_PARAMETERS)
    refuse(`the query has ${parameters.length} values; expected at most ${MAX_PARAMETERS}`)
  // Whole numbers of 32 bits are read as doubles, so that every number of an answer is one, computed or not; whether a
  // bigint may be null the client's types cannot tell, so that its column always is of the kind that may.
  const fields = columns.map(({ name, type, nullable, unit }): FrameField => {
    const field = { name, type: type === 'int32' ? 'float64' : type, nullable: nullable || type === 'int64' } as const
    return unit === undefined ? field : { ...field, unit }
  })
  const computed = columns.flatMap((column, at) => (column.computed && fields[at]?.type === 'float64' ? [at] : []))
  const read = fields.map((given, at): ReadColumn => {
    const { source, dateFormat } = columns[at] as OutputColumn
    const field = { ...given, ...(source ? { source } : {}), ...(dateFormat === undefined ? {} : { dateFormat }) }
    if (field.type === 'text' || field.type === 'symbol') return { ...field, asBytes: true }
    // A null that no arithmetic allows is an overflow, and no fault of the table; so is an infinity.
    if (computed.includes(at)) return { ...field, nullable: true, computed: true }
    return columns[at]?.exact ? { ...field, exact: true } : field
  })
  const tablesRead = [...datasets.values()].map(tableName)
  const query = { sql: text, parameters, columns: read, tables: tablesRead, ofCaller: true }
  return { query, fields, computed, datasets: [...datasets.values()] }
}

function datasetNamed(name: string, { catalogue, reader, missing }: TreeContext): Dataset {
  const dataset = Object.hasOwn(catalogue, name) ? catalogue[name] : undefined
  if (dataset) {
    reader.requireDataset(name)
    return dataset
  }
  if (reader.mayRead(name)) missing?.(name)
  const known = Object.keys(catalogue).filter((one) => reader.mayRead(one))
  return refuse(`${didYouMean(name, known)}there is no dataset "${name}"; there are ${listed(known)}`)
}

/**
 * An expression as it is selected. A column comes as it is kept, in its own type and form; only where rows are compared
 * with each other, as in a union, all come in one form.
 */
function readable({ dialect }: TreeContext, expr: Expr, { dateFormat }: OutputColumn, plain: boolean): Expr['node'] {
  const { node, type, column, exact } = expr
  if (!column) return node
  if (plain) {
    const kind = exact ? { type, exact } : { type }
    const field = column.dateFormat === undefined ? kind : { ...kind, dateFormat: column.dateFormat }
    return sql`${dialect.readable(field, new ExpressionWrapper(column.node))}`.toOperationNode()
  }
  const kept = column.dateFormat
  if (kept === undefined || !isTextForm(kept, type)) return node
  return type === 'date' || dateFormat !== undefined ? dialect.expressions.dateText(kept, column.node) : node
}
