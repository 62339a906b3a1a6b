import { isSign, refuse, type Token } from './lex.ts'
import { keywords } from './words.ts'

/** Keywords that end a value; a star after one multiplies. */
const VALUES = new Set(['end', 'null', 'true', 'false', 'unknown', 'current_date', 'current_timestamp'])

/**
 * Refuses a statement that could read hidden columns of a partly readable table: one that contains such a column's name
 * anywhere, even as an alias or in a text, or that takes all columns without naming them.
 *
 * It checks words, not what they refer to: only the database knows what a name means in nested tables.
 */
export function refuseHidden(tokens: readonly Token[], hidden: ReadonlySet<string>): void {
  if (hidden.size === 0) return
  const names = new Set([...hidden].map(folded))
  tokens.forEach((token, index) => {
    if (token.kind !== 'sign' && token.kind !== 'number' && names.has(folded(token.text)))
      refuse(`the column ${token.text} does not belong to a dataset that the token may read`)
    if (token.kind === 'word' && token.text.toLowerCase() === 'natural')
      refuse('NATURAL joins by columns that are not named, but the token may only read some columns; use USING')
    if (isSign(token, '*') && takesAll(tokens, index))
      refuse('* selects all columns, but the token may only read some; name those')
  })
}

/** Whether a star means all columns: neither multiplication nor `count(*)`. */
function takesAll(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1]
  if (isSign(before, '(')) return !isSign(tokens[index + 1], ')')
  if (before === undefined || before.kind === 'sign') return !isSign(before, ')')
  const lower = before.text.toLowerCase()
  return before.kind === 'word' && keywords.has(lower) && !VALUES.has(lower)
}

/** Normalised as databases compare column names, and more: ignoring case, width and accents. */
const folded = (name: string): string =>
  name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().normalize('NFKD').replaceAll(/\p{M}/gu, '')
