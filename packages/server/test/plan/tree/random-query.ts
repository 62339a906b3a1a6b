import fc from 'fast-check'
import {
  type Expression,
  type ExpressionBuilder,
  expressionBuilder,
  type JoinBuilder,
  type Kysely,
  type SelectQueryBuilder,
} from 'kysely'
import type { EngineName } from '../../support/engines.ts'

export type Tables = Record<string, Record<string, unknown>>
type Builder = SelectQueryBuilder<Tables, string, Record<string, unknown>>
type Kind = 'number' | 'text' | 'symbol' | 'date'
type Draw = fc.GeneratorValue
/**
 * Values that an engine has as integers are selected, but not used in arithmetic, because division and averages would
 * differ.
 */
type OutputKind = Kind | 'condition' | 'whole'

interface Column {
  readonly ref: string
  readonly kind: Kind
}

/** Rows to select from. `order` names columns that are unique together. */
interface Relation {
  readonly from: Builder
  readonly columns: readonly Column[]
  readonly order: readonly string[]
}

/** A select in the grammar of every engine, and the kinds of its columns. */
export interface RandomQuery {
  readonly query: Builder
  readonly kinds: Readonly<Record<string, OutputKind>>
}

/** Expressions that some engines do not support directly, in the form of Kysely that we translate. */
interface Abilities {
  /** The functions `year`, `quarter`, `month` and `day`. */
  readonly dateParts: boolean
  readonly filterOfAggregates: boolean
  /** The functions `greatest` and `least`. */
  readonly greatest: boolean
  /** Whether a side of `except` and `intersect` may have window functions. */
  readonly windowsInSets: boolean
  /** The square root of a negative number is null. */
  readonly rootOfAny: boolean
}

const abilities: Readonly<Record<EngineName, Abilities>> = {
  // MySQL itself drops rows with nulls before it evaluates windows.
  mysql: { dateParts: true, filterOfAggregates: false, greatest: true, windowsInSets: false, rootOfAny: true },
  sqlite: { dateParts: false, filterOfAggregates: true, greatest: false, windowsInSets: true, rootOfAny: true },
  // Its greatest() passes over nulls.
  duckdb: { dateParts: true, filterOfAggregates: true, greatest: false, windowsInSets: true, rootOfAny: false },
}

const base: Readonly<Record<string, readonly (readonly [name: string, kind: Kind])[]>> = {
  daily: [
    ['ts_code', 'symbol'],
    ['trade_date', 'date'],
    ['open', 'number'],
    ['close', 'number'],
    ['pre_close', 'number'],
    ['vol', 'number'],
  ],
  adj_factor: [
    ['ts_code', 'symbol'],
    ['trade_date', 'date'],
    ['adj_factor', 'number'],
  ],
  stock_basic: [
    ['ts_code', 'symbol'],
    ['name', 'text'],
    ['industry', 'text'],
    ['list_date', 'date'],
  ],
}

const eb = expressionBuilder() as unknown as ExpressionBuilder<Tables, string>
const NUMBERS = [-2, 0, 0.5, 1, 3, 7.25, 10, 100]
const TEXTS = ['bank', 'wine', 'steel', 'none', '']
const SYMBOLS = ['000001.SZ', '000002.SZ', '600519.SH', '900001.SH']
const DATES = ['2024-01-02', '2024-01-04', '2024-01-08', '2023-12-29']

/** Generates queries whose size decreases with every level of nesting. */
export class QueryGenerator {
  readonly #draw: Draw
  readonly #db: Kysely<Tables>
  readonly #can: Abilities
  #names = 0

  constructor(draw: Draw, db: Kysely<Tables>, engine: EngineName) {
    this.#draw = draw
    this.#db = db
    this.#can = abilities[engine]
  }

  query(): RandomQuery {
    if (this.#chance(4)) {
      const inner = this.#select(1)
      const name = this.#name('cte')
      const columns = this.#derived(name, inner)
      if (columns.length === 0) return inner
      const outer = this.#db.with(name, () => inner.query).selectFrom(name) as unknown as Builder
      return this.#selectFrom({ from: outer, columns, order: [] }, 1)
    }
    return this.#select(2)
  }

  #select(depth: number): RandomQuery {
    return this.#selectFrom(this.#relation(depth), depth)
  }

  #selectFrom(relation: Relation, depth: number): RandomQuery {
    let { from } = relation
    for (let n = this.#int(0, 2); n > 0; n--) from = from.where(this.#condition(relation.columns, depth)) as Builder
    const made = this.#chance(3) ? this.#grouped(from, relation, depth) : this.#plain(from, relation, depth)
    return this.#finished(made)
  }

  #plain(from: Builder, relation: Relation, depth: number): RandomQuery {
    const kinds: Record<string, OutputKind> = {}
    let query = from
    for (let n = this.#int(1, 4); n > 0; n--) {
      const name = this.#name('c')
      const { expression, kind } = this.#selected(relation, depth)
      kinds[name] = kind
      query = query.select(expression.as(name)) as Builder
    }
    return { query: this.#chance(5) ? query.distinct() : query, kinds }
  }

  #selected(relation: Relation, depth: number): { expression: Aliasable; kind: OutputKind } {
    const { columns } = relation
    if (this.#chance(5)) return { expression: this.#condition(columns, depth) as Aliasable, kind: 'condition' }
    if (relation.order.length > 0 && this.#chance(3)) return this.#windowed(relation)
    const date = this.#ref(columns, 'date')
    if (this.#can.dateParts && date && this.#chance(8))
      return {
        expression: eb.fn(this.#one('year', 'quarter', 'month', 'day'), [date]) as unknown as Aliasable,
        kind: 'whole',
      }
    const kind = this.#one<Kind>('number', 'number', 'text', 'date', 'symbol')
    if (kind === 'symbol' && !columns.some((column) => column.kind === 'symbol'))
      return { expression: this.#number(columns, depth) as Aliasable, kind: 'number' }
    return { expression: this.#expression(columns, kind, depth) as Aliasable, kind }
  }

  #windowed({ columns, order }: Relation): { expression: Aliasable; kind: OutputKind } {
    const parts = columns.filter(({ kind }) => kind !== 'number')
    const partition = this.#chance(2) ? [this.#one(...(parts.length > 0 ? parts : columns)).ref] : []
    const window = <F extends Windowable>(call: F): Aliasable =>
      call.over((over) => {
        const parted = partition.length > 0 ? over.partitionBy(partition) : over
        return order.reduce((sofar, ref) => sofar.orderBy(ref, 'desc'), parted)
      }) as unknown as Aliasable
    const column = this.#one(...columns)
    const agg = (name: string, args: unknown[]) => eb.fn.agg(name, args as never) as unknown as Windowable
    switch (this.#int(0, 5)) {
      case 0:
        return { expression: window(agg(this.#one('row_number', 'rank', 'dense_rank'), [])), kind: 'whole' }
      case 1:
        return { expression: window(agg('ntile', [eb.lit(this.#int(1, 4))])), kind: 'whole' }
      case 2:
      case 3: {
        const args = [column.ref, ...(this.#chance(2) ? [eb.lit(this.#int(0, 3))] : [])]
        return { expression: window(agg(this.#one('lag', 'lead'), args)), kind: column.kind }
      }
      case 4:
        return {
          expression: window(agg(this.#one('first_value', 'last_value', 'min', 'max'), [column.ref])),
          kind: column.kind,
        }
      default: {
        const number = columns.find(({ kind }) => kind === 'number')
        if (!number) return { expression: window(agg('count', [column.ref])), kind: 'whole' }
        return { expression: window(agg(this.#one('sum', 'avg'), [number.ref])), kind: 'number' }
      }
    }
  }

  #grouped(from: Builder, { columns }: Relation, depth: number): RandomQuery {
    const kinds: Record<string, OutputKind> = {}
    let query = from
    for (let n = this.#int(0, 2); n > 0; n--) {
      const column = this.#one(...columns)
      const name = this.#name('k')
      const plain = eb.ref(column.ref)
      const key = column.kind === 'number' && this.#chance(2) ? eb.fn('floor', [column.ref]) : plain
      kinds[name] = key === plain ? column.kind : 'whole'
      query = query.groupBy(key as never).select((key as unknown as Aliasable).as(name) as never) as Builder
    }
    for (let n = this.#int(1, 3); n > 0; n--) {
      const name = this.#name('a')
      const { expression, kind } = this.#aggregate(columns, depth)
      kinds[name] = kind
      query = query.select(expression.as(name) as never) as Builder
    }
    if (this.#chance(4)) query = query.having(eb(eb.fn.countAll(), '>', this.#int(0, 3)) as never) as Builder
    return { query, kinds }
  }

  #aggregate(columns: readonly Column[], depth: number): { expression: Aliasable; kind: OutputKind } {
    const column = this.#one(...columns)
    const numbers = this.#number(columns, Math.max(0, depth - 1))
    const filtered = (call: Filterable): Aliasable =>
      this.#can.filterOfAggregates && this.#chance(3)
        ? (call.filterWhere(this.#condition(columns, 0)) as unknown as Aliasable)
        : (call as unknown as Aliasable)
    switch (this.#int(0, 4)) {
      case 0:
        return { expression: filtered(eb.fn.countAll() as unknown as Filterable), kind: 'whole' }
      case 1: {
        const call = eb.fn.count(column.ref)
        return {
          expression: filtered((this.#chance(2) ? call.distinct() : call) as unknown as Filterable),
          kind: 'whole',
        }
      }
      case 2:
        return {
          expression: filtered(eb.fn.agg(this.#one('min', 'max'), [column.ref]) as unknown as Filterable),
          kind: column.kind,
        }
      default:
        return {
          expression: filtered(eb.fn.agg(this.#one('sum', 'avg'), [numbers]) as unknown as Filterable),
          kind: 'number',
        }
    }
  }

  /** Ordered and limited if that is deterministic, and combined with another select of the same shape. */
  #finished(made: RandomQuery): RandomQuery {
    const names = Object.keys(made.kinds)
    if (this.#chance(4)) {
      const ordered = names.reduce((query, name) => query.orderBy(name, this.#one('asc', 'desc')), made.query)
      const limited = ordered.limit(this.#int(0, 5))
      return { ...made, query: this.#chance(2) ? limited.offset(this.#int(0, 3)) : limited }
    }
    if (!this.#chance(5)) return made
    const kinds = Object.values(made.kinds)
    const other = this.#relation(0)
    const same = kinds.reduce((query, kind, at) => {
      const expression =
        kind === 'condition'
          ? this.#condition(other.columns, 0)
          : this.#expression(other.columns, kind === 'whole' ? 'number' : kind, 0)
      return query.select((expression as Aliasable).as(names[at] as string) as never) as Builder
    }, other.from)
    const counted = !this.#can.windowsInSets && JSON.stringify(made.query.toOperationNode()).includes('"OverNode"')
    const operator = counted ? this.#one('union', 'unionAll') : this.#one('union', 'unionAll', 'except', 'intersect')
    return { ...made, query: made.query[operator](same) as Builder }
  }

  #relation(depth: number): Relation {
    const draw = this.#int(0, depth > 0 ? 4 : 0)
    if (draw === 1 || draw === 2) return this.#joined()
    if (draw === 3) {
      const inner = this.#select(depth - 1)
      const alias = this.#name('s')
      const columns = this.#derived(alias, inner)
      if (columns.length === 0) return this.#relation(0)
      return { from: this.#db.selectFrom(inner.query.as(alias)) as unknown as Builder, columns, order: [] }
    }
    const table = this.#one(...Object.keys(base))
    const alias = this.#name('t')
    const columns = this.#columnsOf(table, alias)
    const order = columns.filter(({ ref }) => /\.(ts_code|trade_date)$/.test(ref)).map(({ ref }) => ref)
    return { from: this.#db.selectFrom(`${table} as ${alias}`) as unknown as Builder, columns, order }
  }

  #joined(): Relation {
    const [left, right] = [this.#name('l'), this.#name('r')]
    const basic = this.#chance(2)
    const table = basic ? 'stock_basic' : 'adj_factor'
    const kind = this.#one('innerJoin', 'leftJoin', 'rightJoin')
    const from = this.#db.selectFrom(`daily as ${left}`) as unknown as Builder
    const on = (join: JoinBuilder<Tables, string>) => {
      const bySymbol = join.onRef(`${left}.ts_code`, '=', `${right}.ts_code`)
      return basic ? bySymbol : bySymbol.onRef(`${left}.trade_date`, '=', `${right}.trade_date`)
    }
    const joins = {
      innerJoin: () => from.innerJoin(`${table} as ${right}`, on),
      leftJoin: () => from.leftJoin(`${table} as ${right}`, on),
      rightJoin: () => from.rightJoin(`${table} as ${right}`, on),
    }
    const joined = joins[kind]() as unknown as Builder
    const columns = [...this.#columnsOf('daily', left), ...this.#columnsOf(table, right)]
    const keys = [`${left}.ts_code`, `${left}.trade_date`, `${right}.ts_code`]
    return { from: joined, columns, order: basic ? keys : [...keys, `${right}.trade_date`] }
  }

  #columnsOf(table: string, alias: string): Column[] {
    return (base[table] ?? []).map(([name, kind]) => ({ ref: `${alias}.${name}`, kind }))
  }

  /** The columns of a subquery, without conditions and integers, in which engines differ. */
  #derived(alias: string, { kinds }: RandomQuery): Column[] {
    return Object.entries(kinds).flatMap(([name, kind]) =>
      kind === 'condition' || kind === 'whole' ? [] : [{ ref: `${alias}.${name}`, kind }],
    )
  }

  #expression(columns: readonly Column[], kind: Kind, depth: number): Expression<unknown> {
    switch (kind) {
      case 'number':
        return this.#number(columns, depth)
      case 'text':
        return this.#text(columns, depth)
      case 'date':
        return this.#date(columns)
      case 'symbol':
        return this.#ref(columns, 'symbol') ?? eb.val(this.#one(...SYMBOLS))
    }
  }

  #number(columns: readonly Column[], depth: number): Expression<number> {
    const column = this.#ref(columns, 'number')
    if (!column) return eb.val(this.#one(...NUMBERS)) as Expression<number>
    const draw = depth > 0 ? this.#int(0, 9) : 0
    switch (draw) {
      case 1:
      case 2: {
        const [a, b] = [this.#number(columns, depth - 1), this.#number(columns, depth - 1)]
        const side = (number: Expression<number>) => eb.parens(number)
        return eb(side(a), this.#one('+', '-', '*', '/'), side(b)) as Expression<number>
      }
      case 3:
        return eb.fn(this.#can.rootOfAny ? this.#one('abs', 'sqrt') : 'abs', [this.#number(columns, depth - 1)])
      case 4:
        return eb.fn.coalesce(this.#number(columns, depth - 1), eb.val(this.#one(...NUMBERS))) as Expression<number>
      case 5:
        return eb
          .case()
          .when(this.#condition(columns, 0))
          .then(this.#number(columns, depth - 1))
          .else(this.#one(...NUMBERS))
          .end() as Expression<number>
      case 6:
        return eb.fn('nullif', [this.#number(columns, depth - 1), eb.val(this.#one(...NUMBERS))])
      case 7:
        return eb
          .selectFrom('adj_factor as inner_factor')
          .select((inner) => inner.fn.max('inner_factor.adj_factor').as('most')) as unknown as Expression<number>
      case 8:
        return eb.neg(column as never) as Expression<number>
      case 9: {
        if (!this.#can.greatest) return column
        const two = [this.#number(columns, depth - 1), this.#number(columns, depth - 1)]
        return eb.fn(this.#one('greatest', 'least'), two)
      }
      default:
        return column
    }
  }

  #text(columns: readonly Column[], depth: number): Expression<string> {
    const column = this.#ref(columns, 'text')
    if (!column) return eb.val(this.#one(...TEXTS)) as Expression<string>
    switch (depth > 0 ? this.#int(0, 3) : 0) {
      case 1:
        return eb.fn.coalesce(column, eb.val(this.#one(...TEXTS))) as Expression<string>
      case 2:
        return eb
          .case()
          .when(this.#condition(columns, 0))
          .then(column)
          .else(eb.val(this.#one(...TEXTS)))
          .end() as Expression<string>
      case 3:
        return eb.fn('substr', [column, eb.lit(this.#int(1, 3)), eb.lit(this.#int(0, 3))])
      default:
        return column
    }
  }

  #date(columns: readonly Column[]): Expression<string> {
    const column = this.#ref(columns, 'date')
    if (!column) return this.#db.selectFrom('daily as d').select((d) => d.fn.max('d.trade_date').as('last')) as never
    return column
  }

  #condition(columns: readonly Column[], depth: number): Expression<boolean> {
    const { ref, kind } = this.#one(...columns)
    const values: readonly unknown[] = { number: NUMBERS, text: TEXTS, symbol: SYMBOLS, date: DATES }[kind]
    const value = () => this.#one(...values) as never
    const comparison = this.#one('=', '!=', '<', '<=', '>', '>=')
    switch (this.#int(0, depth > 0 ? 9 : 4)) {
      case 0:
        return eb(ref, this.#one('is', 'is not'), null) as never
      case 1:
        return eb(ref, this.#one('in', 'not in'), Array.from({ length: this.#int(1, 5) }, value)) as never
      case 2:
        return eb.between(ref, value(), value()) as never
      case 3:
        return kind === 'text' || kind === 'symbol'
          ? (eb(ref, this.#one('like', 'not like'), this.#one('%1%', '_a%', '6%', '%.SZ', 'wine')) as never)
          : (eb(ref, comparison, value()) as never)
      case 5:
        return eb.not(eb.parens(this.#condition(columns, depth - 1) as never)) as never
      case 6:
        return eb.and([this.#condition(columns, depth - 1), this.#condition(columns, depth - 1)]) as never
      case 7:
        return eb.or([this.#condition(columns, depth - 1), this.#condition(columns, depth - 1)]) as never
      case 8: {
        const code = this.#ref(columns, 'symbol')
        if (!code) break
        const inner = eb.selectFrom('stock_basic as b').select('b.ts_code')
        const correlated = inner.where((b) => b('b.ts_code', '=', code as never) as never)
        return this.#chance(2) ? (eb.exists(correlated) as never) : (eb(code, 'in', inner as never) as never)
      }
      case 9: {
        const other = columns.filter((column) => column.kind === kind)
        return eb(ref, comparison, eb.ref(this.#one(...other).ref) as never) as never
      }
    }
    return eb(ref, comparison, value()) as never
  }

  #ref(columns: readonly Column[], kind: Kind): Expression<never> | undefined {
    const fitting = columns.filter((column) => column.kind === kind)
    return fitting.length === 0 ? undefined : (eb.ref(this.#one(...fitting).ref) as unknown as Expression<never>)
  }

  #name(prefix: string): string {
    return `${prefix}${++this.#names}`
  }

  #int(min: number, max: number): number {
    return this.#draw(fc.integer, { min, max })
  }

  #one<const Value>(...values: readonly Value[]): Value {
    return values[this.#int(0, values.length - 1)] as Value
  }

  /** True with a probability of 1 in n. */
  #chance(of: number): boolean {
    return this.#int(1, of) === 1
  }
}

interface Aliasable extends Expression<unknown> {
  as(name: string): never
}

interface Over {
  partitionBy(refs: readonly string[]): Over
  orderBy(ref: string, direction: 'asc' | 'desc'): Over
}

interface Windowable {
  over(make: (over: Over) => Over): unknown
}

interface Filterable {
  filterWhere(condition: Expression<boolean>): unknown
}
