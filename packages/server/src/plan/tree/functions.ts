import { limits } from '@stockdb/contract/wire'
import type { DatePart, SqlExpressions } from '../../engine/sql-expressions.ts'
import { callNode } from '../../engine/sql-node.ts'
import { anyOf, type Expr } from './expr.ts'
import { refuse } from './refuse.ts'

/** What a function takes, in words, and what it makes of translated arguments. */
interface FunctionRule {
  /** The kind of its arguments; `alike` are any that agree in type. */
  readonly takes: 'numbers' | 'texts' | 'days' | 'alike'
  readonly min: number
  readonly max: number
  /** For people: `f(x) what it does`. */
  readonly means: string
  readonly make: (forms: SqlExpressions, args: readonly Expr[]) => Expr
}

const MANY = 50
const nodes = (args: readonly Expr[]) => args.map(({ node }) => node)
const anyNull = (args: readonly Expr[]): boolean => args.some(({ nullable }) => nullable)
const first = (args: readonly Expr[]): Expr => args[0] as Expr

/** Functions whose result may be beyond the doubles where their arguments are not. */
const GROWING = new Set(['exp', 'power'])

/** A function of numbers that both kinds of engine call by this name and compute alike in doubles. */
function numeric(name: string, count: number, means: string, how: 'keepsUnit' | 'mayBeNull' | 'plain'): FunctionRule {
  return {
    takes: 'numbers',
    min: count,
    max: count,
    means,
    make: (forms, args) => ({
      // Of some of them MySQL makes whole numbers.
      node: forms.double(
        GROWING.has(name) ? forms.finite(forms.call(name, nodes(args))) : forms.call(name, nodes(args)),
      ),
      type: 'float64',
      nullable: how === 'mayBeNull' || anyNull(args),
      unit: how === 'keepsUnit' ? first(args).unit : undefined,
    }),
  }
}

function datePart(name: DatePart, means: string): FunctionRule {
  const make = (forms: SqlExpressions, args: readonly Expr[]): Expr => ({
    node: forms.part(name, first(args).node),
    type: 'int32',
    nullable: true,
  })
  return { takes: 'days', min: 1, max: 1, means, make }
}

function choice(name: 'greatest' | 'least', means: string): FunctionRule {
  const make = (forms: SqlExpressions, args: readonly Expr[]): Expr => ({
    ...first(args),
    column: undefined,
    single: undefined,
    node: forms[name](nodes(args)),
    nullable: anyNull(args),
    ...anyOf(args),
  })
  return { takes: 'alike', min: 2, max: MANY, means, make }
}

/** The functions of a query, called by `eb.fn(name, [...])`: those that mean the same on every engine. */
export const functions: Readonly<Record<string, FunctionRule>> = {
  abs: numeric('abs', 1, 'abs(x)', 'keepsUnit'),
  sign: numeric('sign', 1, 'sign(x): −1, 0 or 1', 'plain'),
  floor: numeric('floor', 1, 'floor(x)', 'keepsUnit'),
  ceil: numeric('ceil', 1, 'ceil(x)', 'keepsUnit'),
  sqrt: numeric('sqrt', 1, 'sqrt(x): null below 0', 'mayBeNull'),
  exp: numeric('exp', 1, 'exp(x)', 'plain'),
  ln: numeric('ln', 1, 'ln(x): null at and below 0', 'mayBeNull'),
  power: numeric(
    'power',
    2,
    'power(x, y): where it has no value, as of −8 and 0.5, null on SQLite and an error on MySQL',
    'mayBeNull',
  ),
  coalesce: {
    takes: 'alike',
    min: 1,
    max: MANY,
    means: 'coalesce(a, b, …): the first that is not null',
    make: (_forms, args) => ({
      ...first(args),
      column: undefined,
      single: undefined,
      node: args.length === 1 ? first(args).node : callNode('coalesce', nodes(args)),
      nullable: args.every(({ nullable }) => nullable),
      ...anyOf(args),
    }),
  },
  nullif: {
    takes: 'alike',
    min: 2,
    max: 2,
    means: 'nullif(a, b): null where a = b, else a',
    make: (_forms, args) => ({
      ...first(args),
      column: undefined,
      single: undefined,
      node: callNode('nullif', nodes(args)),
      nullable: true,
    }),
  },
  greatest: choice('greatest', 'greatest(a, b, …): null if one is null'),
  least: choice('least', 'least(a, b, …): null if one is null'),
  concat: {
    takes: 'texts',
    min: 1,
    max: MANY,
    means: 'concat(a, b, …): joined texts; null if one is null',
    make: (forms, args) => {
      const pieces = args.reduce((sum, arg) => sum + (arg.pieces ?? 1), 0)
      // Put together again and again, a few letters would fill the memory.
      if (pieces > limits.query.pieces) refuse(`concat: got ${pieces} texts; expected at most ${limits.query.pieces}`)
      return { node: forms.bytes(forms.concat(nodes(args))), type: 'text', nullable: anyNull(args), pieces }
    },
  },
  length: {
    takes: 'texts',
    min: 1,
    max: 1,
    means: 'length(text): in characters',
    make: (forms, args) => ({
      node: forms.length(forms.characters(first(args).node)),
      type: 'int32',
      nullable: anyNull(args),
    }),
  },
  year: datePart('year', 'year(date)'),
  quarter: datePart('quarter', 'quarter(date): 1 to 4'),
  month: datePart('month', 'month(date): 1 to 12'),
  day: datePart('day', 'day(date): 1 to 31'),
  datediff: {
    takes: 'days',
    min: 2,
    max: 2,
    means: 'datediff(a, b): days from b to a',
    make: (forms, args) => ({
      node: forms.daysBetween(first(args).node, (args[1] as Expr).node),
      type: 'int32',
      nullable: true,
    }),
  },
}

/** A function besides those of the table, whose numbers are written out. */
export const substr = {
  name: 'substr',
  means: 'substr(text, start, count): the first character is 1; without a count, all the rest',
} as const

/** Aggregates: `eb.fn.count(…)` and so on, with `.distinct()`, `.filterWhere()` and `.over()`. */
export const aggregates: Readonly<Record<string, string>> = {
  count: 'count(x), countAll()',
  sum: 'sum(x): a double; null without values',
  avg: 'avg(x): a double; null without values',
  min: 'min(x)',
  max: 'max(x)',
}

/**
 * Window functions: `eb.fn.agg(name, [...]).over(…)`; arguments after the first are whole numbers written out.
 * `whole` are those that databases have whole numbers for, which are made doubles before they are computed with.
 */
export const windowFunctions: Readonly<
  Record<
    string,
    { readonly columns: 0 | 1; readonly numbers: readonly number[]; readonly whole?: true; readonly means: string }
  >
> = {
  row_number: { columns: 0, numbers: [0], whole: true, means: 'row_number()' },
  rank: { columns: 0, numbers: [0], whole: true, means: 'rank()' },
  dense_rank: { columns: 0, numbers: [0], whole: true, means: 'dense_rank()' },
  percent_rank: { columns: 0, numbers: [0], means: 'percent_rank()' },
  cume_dist: { columns: 0, numbers: [0], means: 'cume_dist()' },
  ntile: { columns: 0, numbers: [1], whole: true, means: 'ntile(n)' },
  lag: { columns: 1, numbers: [0, 1], means: 'lag(x, n): of the n-th row before, 1 by default' },
  lead: { columns: 1, numbers: [0, 1], means: 'lead(x, n): of the n-th row after, 1 by default' },
  first_value: { columns: 1, numbers: [0], means: 'first_value(x)' },
  last_value: { columns: 1, numbers: [0], means: 'last_value(x)' },
  nth_value: { columns: 1, numbers: [1], means: 'nth_value(x, n)' },
}
