import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { makeFolder } from '../engine/make-folder.ts'
import { replaceFile } from '../engine/replace-file.ts'
import { type StoredToken, storedToken } from './token.ts'

const fileForm = z.strictObject({ version: z.literal(1), tokens: z.array(storedToken).max(10_000) })
const MAX_BYTES = 16 * 2 ** 20

/** Only the owner can read it. */
const PRIVATE = 0o600
const LOCK_WAIT_MS = 10_000
const LOCK_RETRY_MS = 20

/** The tokens of a file; none when there is no file. Throws an `Error` in one sentence if it cannot be parsed. */
export function readTokens(file: string): readonly StoredToken[] {
  let text: string
  try {
    if (statSync(file).size > MAX_BYTES) throw new Error(`the token file ${file} is larger than ${MAX_BYTES} bytes`)
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  try {
    return fileForm.parse(JSON.parse(text)).tokens
  } catch (error) {
    throw new Error(`the token file ${file} is damaged; restore it, or remove it and create the tokens again`, {
      cause: error,
    })
  }
}

/**
 * Changes the tokens of a file. Only one process changes it at a time; readers see the complete old or new file. If
 * `change` throws, or the disk is full, the file stays unchanged.
 */
export async function changeTokens(
  file: string,
  change: (tokens: readonly StoredToken[]) => readonly StoredToken[],
): Promise<void> {
  makeFolder(dirname(file))
  const unlock = await lock(`${file}.lock`)
  try {
    const text = `${JSON.stringify({ version: 1, tokens: change(readTokens(file)) }, null, 2)}\n`
    try {
      replaceFile(file, text, PRIVATE)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw new Error(`cannot write the token file ${file} (${code}); the tokens are unchanged`, { cause: error })
    }
  } finally {
    unlock()
  }
}

/** A stale lock is never removed: two processes that both judged it stale would both enter. */
async function lock(file: string): Promise<() => void> {
  const giveUpAt = performance.now() + LOCK_WAIT_MS
  while (true) {
    try {
      closeSync(openSync(file, 'wx', PRIVATE))
      return () => rmSync(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (performance.now() > giveUpAt) {
        throw new Error(`another command is changing the tokens; if none is running, remove ${file}`, { cause: error })
      }
      await setTimeout(LOCK_RETRY_MS)
    }
  }
}
