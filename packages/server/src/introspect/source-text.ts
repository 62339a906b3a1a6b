/** A literal in single quotes, as formatters write it; in double quotes if that saves escapes. */
export function quote(text: string): string {
  const json = escapeControls(JSON.stringify(text))
  if (text.includes("'")) return json
  return `'${json.slice(1, -1).replaceAll('\\"', '"')}'`
}

/** A comment ends at a line break, and names of tables may contain any character. */
export const oneLine = (text: string): string => escapeControls(text.replaceAll(/\s+/g, ' '))

/** Plain data as a formatter writes it on one line. */
export function literal(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const entries = Object.entries(value).map(([name, one]) => `${propertyName(name)}: ${literal(one)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}

const propertyName = (name: string): string => (/^[\p{L}_$][\p{L}\p{Nd}_$]*$/u.test(name) ? name : quote(name))

const escapeControls = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return `\\u{${code.toString(16)}}`
  })
