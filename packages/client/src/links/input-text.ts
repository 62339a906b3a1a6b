import { errorOf } from '../errors.ts'

/** An input as JSON; bigints become text, which the server accepts for 64-bit integers. Throws for what JSON would make null. */
export function inputText(input: unknown = {}): string {
  const text = textOf(input)
  // A walk through all inputs would cost more than the few that need it.
  if (text.includes('null')) refuseLost(input, [])
  return text
}

function textOf(input: unknown): string {
  try {
    return JSON.stringify(input)
  } catch {
    return JSON.stringify(input, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  }
}

/** `where: { pe: NaN }` would ask for rows without `pe`. */
function refuseLost(value: unknown, path: readonly (string | number)[]): void {
  if (Array.isArray(value))
    for (const [at, item] of value.entries()) refuseLost(item ?? lost(item, [...path, at]), [...path, at])
  else if (typeof value === 'object' && value !== null)
    for (const [name, item] of Object.entries(value)) refuseLost(item, [...path, name])
  else if (typeof value === 'number' && !Number.isFinite(value)) refuse(String(value), path, 'a finite number, or null')
}

/** In a list, JSON makes null of what is not defined. */
function lost(item: null | undefined, path: readonly (string | number)[]): null {
  return item === null ? null : refuse('undefined', path, 'a value, or null')
}

function refuse(value: string, path: readonly (string | number)[], expected: string): never {
  const place = path.map((part, at) => (typeof part === 'number' ? `[${part}]` : at === 0 ? part : `.${part}`)).join('')
  throw errorOf('INVALID_INPUT', `${place}: got ${value}; expected ${expected}`)
}
