import { isSign, refuse, type Token } from './lex.ts'
import { keywords } from './words.ts'

/** Keywords that end a value, behind which a star multiplies. */
const VALUES = new Set(['end', 'null', 'true', 'false', 'unknown', 'current_date', 'current_timestamp'])

/**
 * Refuses a statement that could read columns of a table which the caller may read in part: one that names such a column
 * anywhere, even as an alias or in a text, or that takes all columns without naming them.
 *
 * It goes by words and not by what they stand for: what a name means where tables are nested is for the database to say.
 */
export function refuseHidden(tokens: readonly Token[], hidden: ReadonlySet<string>): void {
  if (hidden.size === 0) return
  const names = new Set([...hidden].map(folded))
  tokens.forEach((token, index) => {
    if (token.kind !== 'sign' && token.kind !== 'number' && names.has(folded(token.text)))
      refuse(`the column ${token.text} is not of a dataset that the token may read`)
    if (token.kind === 'word' && token.text.toLowerCase() === 'natural')
      refuse(
        'NATURAL joins by columns that are not named, and the token may read a part of the columns only; use USING',
      )
    if (isSign(token, '*') && takesAll(tokens, index))
      refuse('* takes all columns, and the token may read a part of them only; name those')
  })
}

/** Whether a star stands for all columns: neither between two values nor in `count(*)`. */
function takesAll(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1]
  if (isSign(before, '(')) return !isSign(tokens[index + 1], ')')
  if (before === undefined || before.kind === 'sign') return !isSign(before, ')')
  const lower = before.text.toLowerCase()
  return before.kind === 'word' && keywords.has(lower) && !VALUES.has(lower)
}

/** As databases compare names of columns, and more: without case, width and accents. */
const folded = (name: string): string =>
  name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().normalize('NFKD').replaceAll(/\p{M}/gu, '')
