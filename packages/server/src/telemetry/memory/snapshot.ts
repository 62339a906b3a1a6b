import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { getHeapSnapshot } from 'node:v8'
import { type HeapSnapshot, StockdbError } from '@stockdb/contract/wire'

/** The most snapshots in the folder: each is at least as large as the heap. */
const MAX_SNAPSHOTS = 5
const SUFFIX = '.heapsnapshot'

/**
 * Writes a V8 heap snapshot into a folder, readable only by its owner because it holds every string of the process. The
 * server is blocked while V8 takes it, about a second per 100 MB; writing is then streamed.
 */
export async function writeSnapshot(
  folder: string,
  name: string | undefined,
  signal: AbortSignal,
): Promise<HeapSnapshot> {
  const startedAt = performance.now()
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const there = (await readdir(folder)).filter((each) => each.endsWith(SUFFIX))
  if (there.length >= MAX_SNAPSHOTS) {
    throw new StockdbError(
      'INVALID_INPUT',
      `cannot keep more than ${MAX_SNAPSHOTS} heap snapshots; remove some from the folder "snapshots" of the server's data folder`,
    )
  }
  const chosen = name ?? `${new Date().toISOString().replace(/[:.]/g, '-')}${SUFFIX}`
  if (there.includes(chosen))
    throw new StockdbError('INVALID_INPUT', `name: got "${chosen}", which already exists; expected another name`)
  const file = join(folder, chosen)
  try {
    await pipeline(getHeapSnapshot(), createWriteStream(file, { flags: 'wx', mode: 0o600 }), { signal })
  } catch (error) {
    await rm(file, { force: true })
    if (signal.aborted) throw signal.reason
    const { code } = error as NodeJS.ErrnoException
    throw new StockdbError('INTERNAL', `cannot write the snapshot${code ? ` (${code})` : ''}`, { cause: error })
  }
  return { file, bytes: (await stat(file)).size, ms: Math.round(performance.now() - startedAt) }
}
