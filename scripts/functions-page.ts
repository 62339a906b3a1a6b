// Writes docs/functions.md from the lists that the server goes by; with --check it only says whether the page is current.
import { limits } from '@stockdb/contract/wire'
import { comparisons } from '../packages/server/src/plan/tree/comparison.ts'
import { arithmetic } from '../packages/server/src/plan/tree/expression.ts'
import { aggregates, functions, substr, windowFunctions } from '../packages/server/src/plan/tree/functions.ts'
import { joins } from '../packages/server/src/plan/tree/joins.ts'
import { functionsByTheme } from '../packages/server/src/sql/functions.ts'
import { keywords } from '../packages/server/src/sql/words.ts'
import { names, writeOrCheck } from './generated-page.ts'

/** `name(args): what it does` as a line of a table. */
function row(means: string): string {
  const [call = '', ...rest] = means.split(': ')
  return `| \`${call}\` | ${rest.join(': ')} |`
}

const table = (all: readonly string[]): string => ['| | |', '|---|---|', ...all.map(row)].join('\n')

const camel = (name: string): string => `${name.charAt(0).toLowerCase()}${name.slice(1)}`

const words = (text: string): string[] => text.trim().split(/\s+/)

const { depth, list, text: characters, tables, tablesInAll, selects, columns, pieces } = limits.query

const text = `# Functions and operators

What \`db.query\` and \`db.sql\` take. Whatever is not here is refused with \`QUERY_REFUSED\`. \`npm run docs:functions\` makes this page
from the lists that the server goes by.

## db.query

Kysely, with what means the same on every engine. Your own SQL text, including Kysely's \`sql\` template, is not accepted.

**Selects**: \`select\`, \`selectAll\`, \`distinct\`, ${names(joins.map(camel))}, \`where\`, \`groupBy\`, \`having\`, \`orderBy\` with \`limit\` and
\`offset\`, \`with\`, subqueries, \`union\`, \`unionAll\`, \`intersect\`, \`except\`.

**Operators**: ${names(arithmetic)}, which compute in doubles; ${names(comparisons)}; \`and\`, \`or\`, \`not\`, \`exists\`, \`case\`.
What is divided by zero is null; a number beyond the doubles is an error. \`like\` and all comparisons of texts tell upper and lower case apart.

**Functions**, called as \`eb.fn('floor', ['close'])\`:

${table([...Object.values(functions).map(({ means }) => means), substr.means])}

**Aggregates**: ${names(Object.values(aggregates).flatMap((means) => (means.split(': ')[0] ?? '').split(', ')))}, with \`.distinct()\`, \`.filterWhere(…)\` and
\`.over(…)\`; \`sum\` and \`avg\` are doubles, and null of nothing.

**Window functions**, called as \`eb.fn.agg('lag', ['close', eb.lit(1)]).over(…)\`:

${table(Object.values(windowFunctions).map(({ means }) => means))}

**Bounds**: ${depth} levels of nesting, ${selects} selects, ${tables} tables in one of them and ${tablesInAll} in all (those of a \`with\` as often as it is
named), ${columns} columns, ${list} values in a list, ${characters} characters in a text, ${pieces} texts put together to one.

## db.sql

One SELECT in the database's own SQL. These functions may be called, where the database has them; those that wait, read or write files, or
tell of the server are not among them, and there are no variables.

| | |
|---|---|
${Object.entries(functionsByTheme)
  .map(([theme, list]) => `| ${theme} | ${names(words(list))} |`)
  .join('\n')}

These words are keywords. Any other word is taken for a name: of a table, a column, an alias.

${names([...keywords])}
`

writeOrCheck('functions.md', text, 'docs:functions')
