import type { PatternPart } from '../../engine/sql-expressions.ts'
import { refuse, shown } from './refuse.ts'

const MAX_LENGTH = 200
/** Every further one multiplies what an engine may have to try. */
const MAX_ANY = 5

/** Takes a `like` pattern apart, as MySQL reads it: `%` any characters, `_` one, a backslash before one that is meant. */
export function readPattern(pattern: unknown, where: string): PatternPart[] {
  if (typeof pattern !== 'string' || pattern.length > MAX_LENGTH) {
    return refuse(`${where}: got ${shown(pattern)}; expected a text of at most ${MAX_LENGTH} characters`)
  }
  const parts: PatternPart[] = []
  const characters = [...pattern]
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string
    if (character === '%') {
      if (parts.at(-1) !== 'any') parts.push('any')
    } else if (character === '_') parts.push('one')
    else if (character === '\\') parts.push({ literal: characters[++at] ?? '\\' })
    else parts.push({ literal: character })
  }
  if (parts.filter((part) => part === 'any').length > MAX_ANY) {
    refuse(`${where}: got ${shown(pattern)}; expected at most ${MAX_ANY} %`)
  }
  return parts
}
