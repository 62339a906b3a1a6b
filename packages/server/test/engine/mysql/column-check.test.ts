import { expect, it } from 'vitest'
import type { ReadColumn } from '../../../src/engine/engine.ts'
import { ColumnCheck } from '../../../src/engine/mysql/column-check.ts'
import { flags, types } from '../../../src/engine/mysql/protocol.ts'
import { ToldChanges } from '../../../src/engine/table-changes.ts'

const columns: readonly ReadColumn[] = [
  { name: 'close', type: 'float64', nullable: true, source: { table: 'bars', column: 'close', key: false } },
]
const query = { sql: 'select close from bars', columns }
const keyed = [{ columnType: types.DOUBLE, flags: flags.PRI_KEY, characterSet: 63 }]
const keyless = [{ columnType: types.DOUBLE, flags: 0, characterSet: 63 }]

it('tells of a lost key, also after another table was accepted as it is now', () => {
  const changes = new ToldChanges()
  const check = new ColumnCheck(changes)
  check.check(keyed, query)
  changes.accept(['factors'])
  expect(() => check.check(keyless, query)).toThrow(/bars was altered/)
})

it('knows nothing of the columns of a table that was accepted as it is now', () => {
  const changes = new ToldChanges()
  const check = new ColumnCheck(changes)
  check.check(keyed, query)
  changes.accept(['bars'])
  check.check(keyless, query)
})
