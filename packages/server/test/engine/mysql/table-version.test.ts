import { expect, it } from 'vitest'
import { mysqlTableVersion } from '../../../src/engine/mysql/table-version.ts'

/** What the information schema says of a table: name, engine, created, written, fresh, doubtful. */
const told = (...row: unknown[]) =>
  mysqlTableVersion({ askAll: async () => [['prices', 'InnoDB', '2026-01-01 00:00:00', ...row]] }, ['prices'])

it('a table that was written long ago tells so by itself', async () => {
  expect(await told('2026-01-02 00:00:00', 0, 0)).toMatchObject({ isFresh: false, isDoubtful: false })
})

it('a table that nobody wrote since the database began does not: a write before that is forgotten, too', async () => {
  expect(await told(null, null, null)).toMatchObject({ isFresh: false, isDoubtful: true })
})
