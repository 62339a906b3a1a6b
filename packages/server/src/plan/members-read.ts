import { hasMembers, type Member, membersWithin } from '@stockdb/contract/internal'
import type { QueryCache } from './prepared-query.ts'
import { datasetsOf, type Read } from './read.ts'

/** Which tables a read needs of each dataset with several. */
export function membersRead(
  cache: Pick<QueryCache, 'catalogue' | 'membersOf'>,
  read: Read,
  lookedUp: ReadonlyMap<string, string | undefined>,
): ReadonlyMap<string, readonly Member[]> | undefined {
  let found: Map<string, readonly Member[]> | undefined
  for (const name of datasetsOf(read)) {
    const dataset = cache.catalogue[name]
    if (!dataset || !hasMembers(dataset)) continue
    const bounds = boundsOf(read, name, lookedUp)
    if (!bounds) continue
    found ??= new Map()
    found.set(name, membersWithin(cache.membersOf(dataset), bounds))
  }
  return found
}

interface MemberBounds {
  readonly symbols?: readonly string[] | undefined
  readonly start?: string | undefined
  readonly end?: string | undefined
}

/** The symbols and days outside of which a read needs no row of a dataset; `undefined` if it may need all of them. */
function boundsOf(
  read: Read,
  dataset: string,
  lookedUp: ReadonlyMap<string, string | undefined>,
): MemberBounds | undefined {
  // A factor may be from long before the row that it is joined to.
  if ('factor' in read && read.read !== 'factors' && read.factor === dataset) return { symbols: read.symbols }
  switch (read.read) {
    case 'range':
    case 'lastDate':
    case 'barLengths':
    case 'barMoments':
      return { symbols: read.symbols, start: read.start, end: read.end }
    case 'at':
      return { symbols: read.symbols, start: read.date, end: read.date }
    case 'latest': {
      const { symbols, end } = read
      return { symbols, end: typeof end === 'object' ? lookedUp.get(end.lookup) : end }
    }
    case 'factors':
      return { symbols: read.symbols, start: read.since, end: read.until }
    case 'repeat':
    case 'ambiguous':
      return { symbols: read.symbols, start: read.date, end: read.date }
    case 'list':
    case 'asOf':
      return { symbols: read.symbols }
    case 'lastDates':
    case 'instruments':
    case 'instrumentSearch':
    case 'screen':
      return undefined
  }
}
