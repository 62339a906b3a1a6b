import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StockdbError } from '@stockdb/contract/wire'

/** What a disk must have free besides what is written: DuckDB may write its log of up to 16 MiB into the file at a commit. */
const ROOM_BYTES = 16 * 2 ** 20
/** The log and the file hold what is written, for a while both of them. */
const COPIES = 2

/**
 * Throws `DATABASE_UNAVAILABLE` if the disk of a file has no room for a commit. DuckDB 1.5 must not try: when it takes back a commit
 * that it could not write, and that replaced rows, it finds their keys twice and ends the whole process.
 */
export async function requireRoom(path: string, bytes: number): Promise<void> {
  const disk = await statfs(dirname(path)).catch(() => undefined)
  const needed = ROOM_BYTES + COPIES * bytes
  if (!disk || disk.bavail * disk.bsize >= needed) return
  const megabytes = Math.ceil(needed / 2 ** 20)
  throw new StockdbError(
    'DATABASE_UNAVAILABLE',
    `the disk of the database file is full: it has less than ${megabytes} MB free; nothing was written`,
  )
}
