import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive } from '../engine/is-alive.ts'

const LOCK = 'lock'
/** The folders that this process uses. */
const own = new Set<string>()
const ATTEMPTS = 3

/** A folder that no other process uses meanwhile. */
export interface FolderLock {
  /** The name of the file that says so. */
  readonly file: string
  release(): Promise<void>
}

/** Takes a folder for this process; returns the id of the process that has it, if another one does. */
export async function lockFolder(folder: string): Promise<FolderLock | number> {
  const path = join(folder, LOCK)
  if (own.has(path)) return process.pid
  own.add(path)
  let holder = 0
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx', mode: 0o600 })
      const release = async (): Promise<void> => {
        own.delete(path)
        await rm(path, { force: true })
      }
      return { file: LOCK, release }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        own.delete(path)
        throw error
      }
    }
    holder = Number(await readFile(path, 'utf8').catch(() => ''))
    // The id of this process is one of an earlier run, in a container where each has the same.
    if (holder !== process.pid && holder > 0 && isAlive(holder)) break
    // Moved away first: of several that find it, one does.
    const left = join(folder, `${process.pid}.part`)
    await rename(path, left).catch(() => {})
    await rm(left, { force: true })
  }
  own.delete(path)
  return holder
}
