import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Journal } from '../../src/telemetry/journal.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

it('a journal that cannot be written leaves nothing beside it', () => {
  const folder = temporaryFolder()
  const file = join(folder, 'server-7788.json')
  // No file can take its place.
  mkdirSync(file)
  const journal = new Journal(file, () => [])
  expect(() => journal.begin()).toThrow()
  journal.end('stopped')
  expect(readdirSync(folder)).toEqual(['server-7788.json'])
})
