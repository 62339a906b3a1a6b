import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from '@stockdb/client'
import { expect, it, onTestFinished } from 'vitest'
import { runProgram } from '../support/program.ts'
import { serve } from '../support/serve.ts'
import { sqliteMaker } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

it('stockdb cache shows the folder of a client, and clears it, with nothing else in it', async () => {
  const store = await sqliteMaker.open()
  const { server, close } = await serve(store.address, { bounds: { cacheMaxAgeMs: 1_000 } })
  onTestFinished(async () => {
    await close()
    await store.drop()
  })
  const dir = join(temporaryFolder(), 'cache')
  const db = await connect(server.url, { cache: { dir } })
  for (const limit of [1, 2]) await db.daily.range({ symbols: ['600519.SH'], unknownSymbols: 'ignore', limit })
  const answers = (): string[] => readdirSync(join(dir, 'v1')).filter((name) => name.endsWith('.arrow'))
  await expect.poll(() => answers().length).toBe(2)
  writeFileSync(join(dir, 'notes.txt'), 'mine')

  const shown = await runProgram(['cache', dir])
  expect(shown).toMatchObject({ code: 0, stderr: '' })
  expect(shown.stdout).toMatch(/^2 answers in \S+, 0\.0 MB, not used since \d{4}-\S+Z or later\n$/)
  expect((await runProgram(['cache', 'clear', dir])).stdout).toMatch(/^removed: 2 answers/)
  expect(answers()).toEqual([])
  expect(readdirSync(dir)).toContain('notes.txt')
  expect((await runProgram(['cache', dir])).stdout).toMatch(/^0 answers/)
})

it('stockdb cache refuses a folder that is no cache', async () => {
  const dir = temporaryFolder()
  mkdirSync(join(dir, 'v1'))
  writeFileSync(join(dir, 'v1', 'prices.arrow'), 'mine')
  for (const args of [[dir], ['clear', dir], ['clear', join(dir, 'none')]]) {
    const { code, stderr } = await runProgram(['cache', ...args])
    expect(code).toBe(1)
    expect(stderr).toContain('expected the cache folder of a client')
  }
  expect(readdirSync(join(dir, 'v1'))).toEqual(['prices.arrow'])
})
