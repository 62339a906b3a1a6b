import type { Dataset } from '../declaration.ts'
import type { FieldTypeName } from '../field-types.ts'
import { notations } from '../symbols/notations.ts'
import { checkChecks } from './check-rule.ts'
import type { Declaration } from './declaration.ts'

/**
 * Throws a `TypeError` for rules of writes and of several tables that do not fit the fields. The server checks them when it
 * starts: clients have no use for them.
 */
export function checkServed(dataset: Dataset): void {
  const { name, fields } = dataset
  const fail = (reason: string): never => {
    throw new TypeError(`dataset ${name}: ${reason}`)
  }
  const need = (role: string, field: string | undefined, ...types: readonly FieldTypeName[]): void => {
    const type = field === undefined || !Object.hasOwn(fields, field) ? undefined : fields[field]?.type
    if (type === undefined) fail(`${role} names the field ${field}, which it does not have`)
    else if (types.length > 0 && !types.includes(type)) fail(`${role} ${field} is ${type}, not ${types.join(' or ')}`)
  }
  const declaration: Declaration = { ...dataset, need, fail }
  if (dataset.checks) checkChecks(dataset.checks, declaration)
  checkTables(dataset, declaration)
  checkExchanges(dataset, declaration)
}

/** The names of tables or columns must say something of the rows, for which there is a field. */
function checkTables(dataset: Dataset, { need, fail }: Declaration): void {
  const { tables, wide, managed, writable, table, symbol, date, fields } = dataset
  const rule = tables ?? wide
  if (!rule) return
  const option = tables ? 'tables' : 'wide'
  const options = ['pattern', 'notation', ...(tables ? [] : ['field'])]
  const unknown = Object.keys(rule).find((key) => !options.includes(key))
  if (unknown !== undefined) fail(`${option} has no option "${unknown}"; expected ${options.join(', ')}`)
  const names = Array.from(rule.pattern.matchAll(/\{(.*?)\}/g), ([, part = '']) => part)
  // A day has its month, and a month its year.
  const known = tables ? /^(symbol)?(year(month(day)?)?)?$/ : /^symbol$/
  if (names.length === 0 || !known.test(names.toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)).join('')))
    fail(
      `${option} pattern: got ${rule.pattern}; expected ${tables ? '{symbol}, or {year} with {month} and {day}, each once,' : '{symbol}'} in it`,
    )
  if (tables && wide) fail('tables and wide exclude each other')
  if (managed !== false || writable)
    fail(`${option} requires managed: false, and excludes writable: rows are only read`)
  if (tables && table !== undefined) fail('tables excludes table')
  const { notation } = rule
  if (notation !== undefined && ![...notations, 'as-named'].includes(notation))
    fail(`${option} notation: got ${notation}; expected one of ${[...notations, 'as-named'].join(', ')}`)
  if (names.includes('symbol')) need(`${option} symbol`, symbol, 'symbol')
  if (symbol !== undefined && names.includes('symbol') && fields[symbol]?.symbolFormat !== undefined)
    fail(`${option} takes ${symbol} from names, so it has no symbolFormat`)
  if (wide) need('wide field', wide.field, 'float64', 'int32', 'int64', 'bool', 'text')
  if (wide || names.includes('year')) need(`${option} date`, date, 'date', 'datetime')
}

/** The exchange of a symbol may be in a column of its own, of a table that is only read. */
function checkExchanges({ fields, symbol, managed, writable, tables, wide }: Dataset, { fail }: Declaration): void {
  for (const [name, { exchange, symbolFormat }] of Object.entries(fields)) {
    if (exchange === undefined) continue
    const unknown = Object.keys(exchange).find((key) => !['column', 'notation'].includes(key))
    if (unknown !== undefined) fail(`exchange of ${name} has no option "${unknown}"; expected column, notation`)
    if (name !== symbol) fail(`exchange of ${name}: only the field that symbol names can have one`)
    if (typeof exchange.column !== 'string') fail(`exchange of ${name} has no column; it names that of the exchange`)
    if (!notations.includes(exchange.notation))
      fail(`exchange of ${name}: got the notation ${exchange.notation}; expected one of ${notations.join(', ')}`)
    if (symbolFormat !== undefined) fail(`exchange and symbolFormat of ${name} exclude each other`)
    if (managed !== false || writable)
      fail(`exchange of ${name} requires managed: false, and excludes writable: rows are only read`)
    if (tables ?? wide) fail(`exchange of ${name} excludes tables and wide`)
  }
}

const ORDER = ['symbol', 'year', 'month', 'day']
