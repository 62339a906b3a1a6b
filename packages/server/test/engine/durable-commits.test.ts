import { expect, it, onTestFinished } from 'vitest'
import { SqliteFile } from '../../src/engine/sqlite/file.ts'
import { Handle } from '../../src/engine/sqlite/handles.ts'
import { sqliteMaker } from '../support/stores.ts'

const FULL = 2

it('invariant 5: a commit on SQLite is synced to disk before it is acknowledged', async () => {
  const { address, drop } = await sqliteMaker.open()
  onTestFinished(drop)
  const { database } = new Handle(new SqliteFile(address.slice('sqlite:'.length)), 'write')
  expect(database.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
  expect(database.prepare('pragma synchronous').get()).toEqual({ synchronous: FULL })
  database.close()
})
