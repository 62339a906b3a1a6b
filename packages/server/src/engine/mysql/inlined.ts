/** What a literal or a quoted name begins with; it ends with the same, and within it a double one stands for one. */
const QUOTES = new Set(["'", '"', '`'])

/**
 * A statement with its values in place of its placeholders, for servers that prepare none. Only values that our own
 * compiler binds come here: texts, numbers, true and false, null. The session is set so that `\` escapes within a text.
 */
export function inlined(sql: string, parameters: readonly unknown[]): string {
  let text = ''
  let from = 0
  let next = 0
  for (let at = 0; at < sql.length; at++) {
    const character = sql[at] as string
    if (QUOTES.has(character)) at = endOfQuoted(sql, at, character)
    else if (character === '?') {
      if (next === parameters.length) throw new TypeError('a statement has more placeholders than values')
      text += sql.slice(from, at) + literalOf(parameters[next++])
      from = at + 1
    }
  }
  if (next !== parameters.length) throw new TypeError('a statement has fewer placeholders than values')
  return text + sql.slice(from)
}

/** Where a quoted part ends. A double quote in it ends it and begins it again, which comes to the same. */
function endOfQuoted(sql: string, start: number, quote: string): number {
  for (let at = start + 1; at < sql.length; at++) {
    if (sql[at] === quote) return at
    if (sql[at] === '\\' && quote !== '`') at++
  }
  throw new TypeError('a statement has a quote without an end')
}

function literalOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'bigint':
      return String(value)
    case 'boolean':
      return value ? '1' : '0'
    case 'number':
      return numberLiteral(value)
    default:
      if (value === null) return 'null'
      throw new TypeError(`cannot put a value of type ${typeof value} into a statement`)
  }
}

/** A fraction as a DOUBLE: without an exponent it would be a DECIMAL, with which databases compute in another way. */
function numberLiteral(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`cannot put ${value} into a statement`)
  const text = Object.is(value, -0) ? '-0' : String(value)
  return /^-?\d+$/.test(text) || text.includes('e') ? text : `${text}e0`
}

const ESCAPES: Readonly<Record<string, string>> = { '\0': '\\0', '\n': '\\n', '\r': '\\r', '\u001a': '\\Z' }

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be escaped.
const SPECIAL = /[\0\n\r\u001a'"\\]/g

function quoted(text: string): string {
  return `'${text.replace(SPECIAL, (character) => ESCAPES[character] ?? `\\${character}`)}'`
}
