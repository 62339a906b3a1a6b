import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, lstatSync, openSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'

/**
 * Writes a file completely or not at all: on a full disk, what was there before stays. Readers find the old file or the new one. A link
 * stays a link to the file, and what is not a file, such as `/dev/stdout`, is written to.
 *
 * @param mode - of a new file; an existing one keeps its own unless `mode` is given
 */
export function replaceFile(path: string, text: string, mode?: number): void {
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (!there || there.isFile()) replace(path, text, mode ?? (there ? there.mode & 0o777 : 0o666))
  else if (there.isSymbolicLink() && isLinkToFile(path)) replaceFile(realpathSync(path), text, mode)
  else writeFileSync(path, text)
}

function replace(path: string, text: string, mode: number): void {
  const fresh = `${path}.${randomBytes(6).toString('hex')}`
  try {
    const handle = openSync(fresh, 'wx', mode)
    try {
      // Not `writeSync`: at the end of a disk the system takes a part of the bytes, and says only how many.
      writeFileSync(handle, text)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(fresh, path)
  } catch (error) {
    rmSync(fresh, { force: true })
    throw error
  }
}

/** Whether a link leads to a file, and not to a device, or to nothing. */
function isLinkToFile(path: string): boolean {
  try {
    return lstatSync(realpathSync(path)).isFile()
  } catch {
    return false
  }
}
