import type { Catalogue, Dataset } from '@stockdb/contract'
import { hasMembers, type Member, membersWithin } from '@stockdb/contract/internal'
import type { QueryCache } from './prepared-query.ts'
import { datasetsOf, kindOf, type Read } from './read.ts'
import type { LookedUpValues, Within } from './read-types.ts'

/** Which tables a read needs of each dataset with several. */
export function membersRead(
  cache: Pick<QueryCache, 'catalogue' | 'membersOf'>,
  read: Read,
  lookedUp: LookedUpValues,
): ReadonlyMap<string, readonly Member[]> | undefined {
  let found: Map<string, readonly Member[]> | undefined
  for (const name of datasetsOf(read)) {
    const dataset = cache.catalogue[name]
    if (!dataset || !hasMembers(dataset)) continue
    const within = withinOf(read, dataset, cache.catalogue, lookedUp)
    if (!within) continue
    found ??= new Map()
    found.set(name, membersWithin(cache.membersOf(dataset), within))
  }
  return found
}

/** Which rows a read needs of a dataset; `undefined` if it may need all of them. */
function withinOf(read: Read, dataset: Dataset, catalogue: Catalogue, lookedUp: LookedUpValues): Within | undefined {
  // A factor may be from long before the row that it is joined to.
  if ('factor' in read && read.read !== 'factors' && read.factor === dataset.name) return { symbols: read.symbols }
  return kindOf(read).within(read, lookedUp, dataset, catalogue)
}
