// Writes docs/functions.md from the lists that the server uses; with --check it only checks that the page is current.
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

What \`db.query\` and \`db.sql\` accept. Anything else is refused with \`QUERY_REFUSED\`. \`npm run docs:functions\` generates this page
from the lists that the server uses.

## db.query

The part of Kysely that means the same on every engine. Your own SQL text, including Kysely's \`sql\` template, is not accepted.

**Selects**: \`select\`, \`selectAll\`, \`distinct\`, ${names(joins.map(camel))}, \`where\`, \`groupBy\`, \`having\`, \`orderBy\` with \`limit\` and
\`offset\`, \`with\`, subqueries, \`union\`, \`unionAll\`, \`intersect\`, \`except\`.

**Operators**: ${names(arithmetic)}, which compute in doubles; ${names(comparisons)}; \`and\`, \`or\`, \`not\`, \`exists\`, \`case\`.
Division by zero gives null; a number beyond the range of doubles is an error. \`like\` and all text comparisons are case-sensitive.

**Functions**, called as \`eb.fn('floor', ['close'])\`:

${table([...Object.values(functions).map(({ means }) => means), substr.means])}

**Aggregates**: ${names(Object.values(aggregates).flatMap((means) => (means.split(': ')[0] ?? '').split(', ')))}, with \`.distinct()\`, \`.filterWhere(…)\` and
\`.over(…)\`; \`sum\` and \`avg\` are doubles, and null without rows.

**Window functions**, called as \`eb.fn.agg('lag', ['close', eb.lit(1)]).over(…)\`:

${table(Object.values(windowFunctions).map(({ means }) => means))}

**Bounds**: ${depth} levels of nesting, ${selects} selects, ${tables} tables in each and ${tablesInAll} in total (those of a \`with\` count each time it is
used), ${columns} columns, ${list} values in a list, ${characters} characters in a text, ${pieces} concatenated texts.

## db.sql

One SELECT in the database's own SQL. These functions are allowed, if the database has them. Functions that wait, access files or
reveal the server's settings are not, nor are variables.

| | |
|---|---|
${Object.entries(functionsByTheme)
  .map(([theme, list]) => `| ${theme} | ${names(words(list))} |`)
  .join('\n')}

These words are keywords. Any other word is a name: of a table, a column or an alias.

${names([...keywords])}
`

writeOrCheck('functions.md', text, 'docs:functions')
