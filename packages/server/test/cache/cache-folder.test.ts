import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { CacheFolder, type NewFile } from '../../src/cache/cache-folder.ts'
import { capturedLog } from '../support/captured-log.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const LONG_MS = 60_000
const MB = 2 ** 20

async function opened(): Promise<{ readonly folder: CacheFolder; readonly dir: string; files(): string[] }> {
  const dir = temporaryFolder()
  const folder = (await CacheFolder.open(dir, MB, 'a server', capturedLog().log)) as CacheFolder
  return { folder, dir, files: () => readdirSync(join(dir, 'v2')).filter((name) => /\.(arrow|json)$/.test(name)) }
}

/** An answer that was read just now. */
function answer(name: string, lifeMs: number, bytes = 8): NewFile {
  const at = performance.now()
  const header = { fields: [], meta: { dataset: 'daily', arguments: {} } }
  const parts = [{ bytes: new Uint8Array(bytes), rows: 1 }]
  return {
    ...{ name, bytes, at, until: at + lifeMs, readOn: Date.now(), needs: [{ table: 'daily' }] },
    whole: () => ({ header, parts, rows: 1, bytes }),
  }
}

it('gives nothing longer than it would be kept in memory', async () => {
  const { folder, files } = await opened()
  folder.keep(answer('short', 300))
  folder.keep(answer('long', LONG_MS))
  await expect.poll(() => folder.size.answers).toBe(2)
  expect((await folder.read(folder.find('short') as never))?.bytes).toBe(8)
  await expect.poll(() => folder.find('short')).toBeUndefined()
  expect(folder.find('long')).toBeDefined()
  await expect.poll(files).toEqual(['long.arrow', 'long.json'])
  await folder.close()
})

it('has no files of what does not fit', async () => {
  const { folder, files } = await opened()
  folder.keep(answer('fits', LONG_MS, MB / 2))
  folder.keep(answer('does-not', LONG_MS, MB))
  await expect.poll(() => folder.size.answers).toBe(1)
  await folder.close()
  expect(files()).toEqual(['fits.arrow', 'fits.json'])
})

it('does not tell the next run of what this one no longer gives', async () => {
  const { folder, dir } = await opened()
  const state = { name: 'a state', at: performance.now() }
  const writes = { watch: { current: state }, listen: () => {}, isTouched: () => false } as never
  folder.follow(writes)
  folder.keep(answer('short', 200))
  folder.keep(answer('long', LONG_MS))
  await expect.poll(() => folder.size.answers).toBe(2)
  await sleep(250)
  await folder.close()
  const next = (await CacheFolder.open(dir, MB, 'a server', capturedLog().log)) as CacheFolder
  next.follow(writes)
  next.adopt()
  expect([next.find('short'), next.find('long')?.name]).toEqual([undefined, 'long'])
  await next.close()
})

it('removes what other versions left, unless one of them runs', async () => {
  const dir = temporaryFolder()
  for (const [version, holder] of [
    ['v0', 999_999_999],
    ['v1', process.ppid],
  ]) {
    mkdirSync(join(dir, `${version}`))
    writeFileSync(join(dir, `${version}`, 'lock'), `${holder}`)
    writeFileSync(join(dir, `${version}`, 'x.arrow'), '')
  }
  mkdirSync(join(dir, 'mine'))
  const folder = await CacheFolder.open(dir, MB, 'a server', capturedLog().log)
  expect(readdirSync(dir).toSorted()).toEqual(['mine', 'v1', 'v2'])
  await folder?.close()
})
