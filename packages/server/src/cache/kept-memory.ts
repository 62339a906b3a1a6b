import { LRUCache } from 'lru-cache'

/**
 * What is kept is read again after this time, even if no commit was reported: a session can keep its writes out of a server's log.
 */
export const MAX_LIFE_MS = 10 * 60_000

/** Something that is kept as long as there is room. It says how much memory it takes. */
export interface Kept {
  readonly bytes: number
  /** Called when it is kept no longer. */
  left?(): void
}

/** What a server keeps of the database: whole answers and blocks of columns, of which the least recently used make room. */
export type KeptMemory = LRUCache<string, Kept>

export function keptMemory(maxBytes: number, maxBytesOfOne: number): KeptMemory {
  return new LRUCache<string, Kept>({
    maxSize: maxBytes,
    maxEntrySize: maxBytesOfOne,
    sizeCalculation: ({ bytes }) => bytes,
    dispose: (kept) => kept.left?.(),
  })
}
