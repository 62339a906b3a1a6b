import type { StoredValue } from '@stockdb/contract/internal'
import type { SqlGrammar } from '../engine/sql-grammar.ts'
import { functions } from './functions.ts'
import { isSign, refuse, type Token } from './lex.ts'
import { keywords, refusedWords } from './words.ts'

/** A rewritten statement, and the values of the parameters that are left in it. */
export interface Written {
  readonly sql: string
  readonly parameters: readonly StoredValue[]
  /** The position of each parameter in the statement. */
  readonly places: readonly number[]
  /** The same for logs and traces, with `?` in place of its texts and numbers. */
  readonly shown: string
}

const BEGINNINGS = new Set(['select', 'with'])

/**
 * Rewrites tokens so that nothing can be read in two ways: words that are not keywords become quoted names, texts are
 * quoted again, comments are removed. A called function must be on the list, quoted or not.
 */
export function writeOut(tokens: readonly Token[], parameters: readonly StoredValue[], grammar: SqlGrammar): Written {
  const head = tokens.find((token) => !isSign(token, '('))
  if (head?.kind !== 'word' || !BEGINNINGS.has(head.text.toLowerCase()))
    refuse(
      `got a statement that starts with ${JSON.stringify(head?.text ?? '(')}; expected one SELECT, or WITH before one`,
    )
  const wanted = tokens.filter(({ kind }) => kind === 'parameter').length
  if (wanted !== parameters.length)
    refuse(`params: got ${parameters.length}; expected ${wanted}, one for each "?" of the statement`)
  const waiting = parameters.slice()
  const bound: StoredValue[] = []
  const places: number[] = []
  const counts = placesOfCounts(tokens)
  let [sql, shown] = ['', '']
  tokens.forEach((token, index) => {
    const before = tokens[index - 1]
    let text = written(tokens, index, grammar)
    let isBound = false
    if (token.kind === 'parameter') {
      const value = waiting.shift() ?? null
      // A bound number is a double, which LIMIT does not accept.
      if (counts.has(index)) text = count(value)
      // Drivers bind a bigint as a text, which SQLite takes for more than any number.
      else if (typeof value === 'bigint') text = value < 0n ? `(${value})` : String(value)
      else {
        bound.push(value)
        if (grammar.datesAreTexts) text = `?${bound.length}`
        isBound = true
      }
    }
    const joined = isSign(token, '.') || isSign(before, '.') || (isSign(token, '(') && isCall(tokens, index - 1))
    const space = index === 0 || joined ? '' : ' '
    if (isBound) places.push(sql.length + space.length)
    sql += space + text
    shown += space + (isValue(token) ? '?' : text)
  })
  return { sql, parameters: bound, places, shown }
}

const isValue = ({ kind }: Token): boolean => kind === 'string' || kind === 'number' || kind === 'parameter'

function written(tokens: readonly Token[], index: number, grammar: SqlGrammar): string {
  const token = tokens[index] as Token
  const [before, next] = [tokens[index - 1], tokens[index + 1]]
  switch (token.kind) {
    case 'string':
      return `'${token.text.replaceAll("'", "''")}'`
    case 'number':
    case 'parameter':
      return token.text
    case 'sign':
      if (token.text === '.' && !(isName(before) && (isName(next) || isSign(next, '*'))))
        refuse('a dot must be between two names')
      return token.text
    case 'name':
    case 'word':
      return writtenName(tokens, index, token, grammar)
  }
}

function writtenName(tokens: readonly Token[], index: number, token: Token, grammar: SqlGrammar): string {
  const next = tokens[index + 1]
  const qualifies = isSign(next, '.')
  const qualified = isSign(tokens[index - 1], '.')
  const lower = token.text.toLowerCase()
  if (qualifies && grammar.systemSchemas.has(lower)) refuse(`${token.text} is the database's own and is refused`)
  if (!qualified && !qualifies && token.kind === 'word') {
    if (isCall(tokens, index)) return lower
    if (keywords.has(lower)) return lower
    const refused = refusedWords.get(lower)
    if (refused && (refused.next === undefined || next?.text.toLowerCase() === refused.next)) refuse(refused.message)
  }
  if (isSign(next, '(') && !isHeadOfCte(tokens, index)) {
    refuse(`the function ${token.text} is not allowed; docs/functions.md lists those that are`)
  }
  if (grammar.systemTables?.test(token.text)) refuse(`${token.text} is the database's own and is refused`)
  return grammar.quote(token.text)
}

const isName = (token: Token | undefined): boolean => token?.kind === 'word' || token?.kind === 'name'

/** Whether a word is an allowed function that is called here. */
function isCall(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index]
  return (
    token?.kind === 'word' &&
    isSign(tokens[index + 1], '(') &&
    !isSign(tokens[index - 1], '.') &&
    functions.has(token.text.toLowerCase())
  )
}

/** Whether a name declares a common table with its columns: `name (a, b) AS (`. */
function isHeadOfCte(tokens: readonly Token[], index: number): boolean {
  let at = index + 2
  while (isName(tokens[at]) || isSign(tokens[at], ',')) at++
  return isSign(tokens[at], ')') && tokens[at + 1]?.text.toLowerCase() === 'as' && isSign(tokens[at + 2], '(')
}

/** The positions of the parameters of LIMIT and OFFSET. */
function placesOfCounts(tokens: readonly Token[]): ReadonlySet<number> {
  const places = new Set<number>()
  let counting = false
  tokens.forEach(({ kind, text }, index) => {
    const lower = text.toLowerCase()
    if (kind === 'parameter' && counting) places.add(index)
    else if (kind === 'word' && (lower === 'limit' || lower === 'offset')) counting = true
    else if (kind !== 'number' && text !== ',') counting = false
  })
  return places
}

function count(value: StoredValue): string {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return String(value)
  return refuse(`params: got ${JSON.stringify(String(value))} for LIMIT or OFFSET; expected a whole number, 0 or more`)
}
