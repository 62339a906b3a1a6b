import type { ReadQuery } from '../engine/engine.ts'
import { membersRead } from './members-read.ts'
import type { QueryCache } from './prepared-query.ts'
import { kindOf, type Read } from './read.ts'
import type { LookedUpValues } from './read-types.ts'

const none: LookedUpValues = new Map()

/** Makes the statement of a read: compiled once per shape, then bound to values. Pure. */
export const compileRead = (cache: QueryCache, read: Read, lookedUp: LookedUpValues = none): ReadQuery =>
  kindOf(read).compile(cache.choosing(membersRead(cache, read, lookedUp)), read, lookedUp)
