import { accessSync, constants } from 'node:fs'

/** Whether this process may write to a file, or create files in a folder. */
export function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
