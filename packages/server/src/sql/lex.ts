import { StockdbError } from '@stockdb/contract/wire'

/** A token of a statement; for names and strings, `text` is the unquoted content. */
export interface Token {
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'parameter' | 'sign'
  readonly text: string
}

/** The most tokens in a statement: longer statements would take a database seconds to plan. */
const MAX_TOKENS = 20_000

const SPACE = /[ \t\r\n\f]+/y
const COMMENT = /\/\*(?![!+]|M!)[\s\S]*?\*\/|--(?=\s|$)[^\n]*/y
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_$.])/uy
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy
const STRING = /'((?:[^'\\\0]|'')*)'/y
const DOUBLE = /"((?:[^"\\\0]|"")*)"/y
const BACKQUOTED = /`([^`\\\0\r\n]{1,128})`/y
// Two minus signs start a comment in some databases but not in others.
const SIGN = /(?!--|\/\*)(?:<=>|->>|<=|>=|<>|!=|\|\||&&|<<|>>|->|[(),.+\-*/%=<>!&|^~;])/y

/**
 * Splits a statement into tokens by rules narrower than those of any database: text that databases, or a database and a
 * parser, could read differently is refused. Comments are dropped; what they could hide is not.
 *
 * Text in double quotes is a string in MySQL and a name in SQLite.
 */
export function lex(sql: string, doubleQuotes: 'string' | 'name'): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at
    const match = pattern.exec(sql)
    if (match) at = pattern.lastIndex
    return match ?? undefined
  }
  while (at < sql.length) {
    if (tokens.length > MAX_TOKENS)
      refuse(`the statement has more than ${MAX_TOKENS} words and signs; pass long lists in parts`)
    if (take(SPACE) || take(COMMENT)) continue
    const before = tokens.at(-1)
    // `a.5` is a column named 5 to some databases and two values to others.
    const afterDot = isSign(before, '.')
    const number = afterDot || (sql[at] === '.' && endsName(before)) ? undefined : take(NUMBER)
    if (number) tokens.push({ kind: 'number', text: number[0] })
    else if (/['"]/.test(sql[at] ?? '') && /[\p{L}\p{N}_$]/u.test(sql[at - 1] ?? '')) {
      refuse("a text right after a word, as in x'41', is refused: put a space between, or pass the text as a parameter")
    } else tokens.push(takeText(take, doubleQuotes) ?? takeOther(take) ?? unreadable(sql, at))
  }
  if (isSign(tokens.at(-1), ';')) tokens.pop()
  if (tokens.some((token) => isSign(token, ';'))) refuse('got more than one statement; sql.run accepts one')
  if (tokens.length === 0) refuse('got no statement')
  return tokens
}

type Take = (pattern: RegExp) => RegExpExecArray | undefined

export const isSign = (token: Token | undefined, text: string): boolean => token?.kind === 'sign' && token.text === text
const endsName = (token: Token | undefined): boolean => token?.kind === 'word' || token?.kind === 'name'

function takeText(take: Take, doubleQuotes: 'string' | 'name'): Token | undefined {
  const single = take(STRING)
  if (single) return { kind: 'string', text: (single[1] ?? '').replaceAll("''", "'") }
  const double = take(DOUBLE)
  if (double) return { kind: doubleQuotes, text: checkName((double[1] ?? '').replaceAll('""', '"'), doubleQuotes) }
  const name = take(BACKQUOTED)
  return name && { kind: 'name', text: name[1] ?? '' }
}

function checkName(text: string, kind: 'string' | 'name'): string {
  if (kind === 'name' && !/^[^`\r\n]{1,128}$/.test(text))
    refuse('a name in double quotes must have 1 to 128 characters and no `')
  return text
}

function takeOther(take: Take): Token | undefined {
  const word = take(WORD)
  if (word) return { kind: 'word', text: word[0] }
  if (take(/\?/y)) return { kind: 'parameter', text: '?' }
  const sign = take(SIGN)
  return sign && { kind: 'sign', text: sign[0] }
}

function unreadable(sql: string, at: number): never {
  const rest = sql.slice(at, at + 3)
  if (/^\/\*(?:!|\+|M!)/.test(rest)) refuse(`the comment ${rest} is refused: it would be executed`)
  if (rest.startsWith('--')) refuse('put a space after -- for a comment, and between - and - for two signs')
  if (rest.startsWith('/*')) refuse('a comment is not closed')
  if (rest.startsWith('@')) refuse('variables (@name, @@name) are refused: pass values as parameters: ? and params')
  if (rest.startsWith('#')) refuse('# is refused: write comments as -- or /* */')
  if (/^['"`]/.test(rest)) {
    refuse(
      `what begins with ${rest[0]} is not closed, or has a backslash, which databases read differently: pass the text as a parameter: ? and params`,
    )
  }
  if (/^[\d.]/.test(rest)) refuse(`"${rest}" is not a number; hexadecimal ones are refused`)
  return refuse(`the character ${JSON.stringify(rest[0])} is refused`)
}

/** Throws `QUERY_REFUSED` for a statement. */
export function refuse(message: string): never {
  throw new StockdbError('QUERY_REFUSED', `sql: ${message}`)
}
