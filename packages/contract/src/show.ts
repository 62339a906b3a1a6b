const MAX_LENGTH = 60

/**
 * Formats a value as JSON for an error message, with bounded length and work. `JSON.stringify` would format all of it
 * first, and overflows the stack on deeply nested lists.
 */
export function show(value: unknown): string {
  const text = written(value, MAX_LENGTH + 1) ?? String(value)
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 3)}…` : text
}

/** At least the first `length` characters of a value's JSON; every nesting level adds one. */
function written(value: unknown, length: number): string | undefined {
  if (length <= 0) return ''
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'string') return JSON.stringify(value.slice(0, length))
  if (typeof value !== 'object' || value === null || value instanceof Date) return JSON.stringify(value)
  return Array.isArray(value) ? writtenList(value, length) : writtenObject(value, length)
}

function writtenList(values: readonly unknown[], length: number): string {
  let text = '['
  for (const value of values) {
    if (text.length >= length) break
    text += `${text.length > 1 ? ',' : ''}${written(value, length - text.length) ?? 'null'}`
  }
  return `${text}]`
}

function writtenObject(object: object, length: number): string {
  let text = '{'
  for (const [key, value] of Object.entries(object)) {
    if (text.length >= length) break
    const name = `${text.length > 1 ? ',' : ''}${JSON.stringify(key.slice(0, length))}:`
    const inner = written(value, length - text.length - name.length)
    if (inner !== undefined) text += name + inner
  }
  return `${text}}`
}
