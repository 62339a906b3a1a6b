import type { Choice, DatasetDraft, Draft, FieldDraft } from './draft.ts'

/** Writes a draft as a TypeScript file that declares and exports the catalogue. The same draft gives the same text. */
export function catalogueSource(draft: Draft): string {
  const used = new Set(draft.datasets.flatMap(({ fields }) => fields.map(({ type }) => type)))
  const imported = ['defineCatalogue', 'defineDataset', ...used].filter(
    (name) => draft.datasets.length > 0 || name === 'defineCatalogue',
  )
  return [
    `import { ${imported.toSorted().join(', ')} } from '@stockdb/contract'`,
    '',
    `// Written by "stockdb introspect" from a ${oneLine(draft.version)} database. Please check what is marked "guessed";`,
    '// this file is now yours: rename, describe, remove, add units. int64 columns arrive as bigints.',
    'export const catalogue = defineCatalogue({',
    ...draft.leftOut.map(({ table, reason }) => `  // left out: the table ${quote(table)}: ${oneLine(reason)}`),
    ...draft.datasets.flatMap(datasetLines),
    '})',
    '',
    'export default catalogue',
    '',
  ].join('\n')
}

function datasetLines({
  name,
  table,
  description,
  fields,
  leftOut,
  key,
  symbol,
  date,
  scanned,
  warnings,
}: DatasetDraft): string[] {
  return [
    ...warnings.map((warning) => `  // look: ${oneLine(warning)}`),
    `  ${name}: defineDataset({`,
    `    name: ${quote(name)},`,
    ...(table === name ? [] : [`    table: ${quote(table)},`]),
    '    managed: false,',
    ...(scanned === undefined ? [] : [`    latest: 'scan', // ${oneLine(scanned)}`]),
    `    description: ${quote(description)},`,
    '    fields: {',
    ...fields.map((field) => `      ${fieldLine(field)}`),
    ...leftOut.map(
      ({ column, columnType, reason }) => `      // left out: ${quote(column)}, ${oneLine(columnType)}: ${reason}`,
    ),
    '    },',
    `    key: [${key.value.map(quote).join(', ')}],${guessed(key)}`,
    ...(symbol ? [`    symbol: ${quote(symbol.value)},${guessed(symbol)}`] : []),
    ...(date ? [`    date: ${quote(date.value)},${guessed(date)}`] : []),
    '  }),',
  ]
}

function fieldLine({ name, column, type, nullable, dateFormat, description, notes }: FieldDraft): string {
  const options = [
    ...(column === name ? [] : [`column: ${quote(column)}`]),
    ...(dateFormat === undefined ? [] : [`dateFormat: ${quote(dateFormat)}`]),
  ]
  const declared = `${type}${nullable ? '' : '.required'}`
  const given = [quote(description), ...(options.length > 0 ? [`{ ${options.join(', ')} }`] : [])].join(', ')
  return `${name}: ${declared}(${given}),${notes.length > 0 ? ` // ${notes.map(oneLine).join('; ')}` : ''}`
}

const guessed = ({ guess }: Choice<unknown>): string => (guess === undefined ? '' : ` // guessed: ${oneLine(guess)}`)

/** A literal in single quotes, as formatters write it; in double quotes if that saves escapes. */
function quote(text: string): string {
  const json = escapeControls(JSON.stringify(text))
  if (text.includes("'")) return json
  return `'${json.slice(1, -1).replaceAll('\\"', '"')}'`
}

/** A comment ends at a line break, and names of tables may contain any character. */
const oneLine = (text: string): string => escapeControls(text.replaceAll(/\s+/g, ' '))

const escapeControls = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return `\\u{${code.toString(16)}}`
  })
