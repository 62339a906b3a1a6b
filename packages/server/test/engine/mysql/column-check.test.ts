import { describe, expect, it } from 'vitest'
import type { ReadColumn } from '../../../src/engine/engine.ts'
import { ColumnCheck } from '../../../src/engine/mysql/column-check.ts'
import { flags, types } from '../../../src/engine/mysql/protocol.ts'
import type { ColumnDefinition } from '../../../src/engine/mysql/wire/column-definition.ts'
import { ToldChanges } from '../../../src/engine/table-changes.ts'

const columns: readonly ReadColumn[] = [
  { name: 'close', type: 'float64', nullable: true, source: { table: 'bars', column: 'close', key: false } },
]
const query = { sql: 'select close from bars', columns }
const keyed: readonly ColumnDefinition[] = [
  { columnType: types.DOUBLE, flags: flags.PRI_KEY, characterSet: 63, isColumn: true },
]
const keyless: readonly ColumnDefinition[] = [{ columnType: types.DOUBLE, flags: 0, characterSet: 63, isColumn: true }]
const shape = { columns: [], key: [], indexes: [], unique: [], made: false }

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

describe('of the first answer to a question', () => {
  const keyColumns = [{ ...columns[0], source: { table: 'bars', column: 'Code', key: true } }] as readonly ReadColumn[]
  const first = (sql: string, said: readonly ColumnDefinition[]) => {
    const check = new ColumnCheck(new ToldChanges())
    check.described('bars', { ...shape, key: ['code'] })
    return () => check.check(said, { sql, columns: [...keyColumns] })
  }

  it('tells of a key that the table had when it was described', () => {
    expect(first('select code from bars', keyless)).toThrow(/bars was altered/)
    expect(first('select code from bars', keyed)).not.toThrow()
  })

  it('says nothing of expressions, nor of rows that were put together', () => {
    const expression = keyless.map((one) => ({ ...one, isColumn: false }))
    expect(first('select max(code) from bars', expression)).not.toThrow()
    expect(first('select distinct code from bars', keyless)).not.toThrow()
    expect(first('with d as (select code from bars) select code from d', keyless)).not.toThrow()
  })

  it('asks for a retry once, whatever the database says of the key', () => {
    const check = new ColumnCheck(new ToldChanges())
    check.described('bars', { ...shape, key: ['code'] })
    const ask = () => check.check(keyless, { sql: 'select code from bars', columns: keyColumns })
    expect(ask).toThrow(/bars was altered/)
    expect(ask).not.toThrow()
  })

  it('counts an index of several columns for its first one', () => {
    const check = new ColumnCheck(new ToldChanges())
    check.described('bars', { ...shape, unique: [['code', 'day']] })
    const indexed = keyless.map((one) => ({ ...one, flags: flags.MULTIPLE_KEY }))
    expect(() => check.check(indexed, { sql: 'select code from bars', columns: [...keyColumns] })).not.toThrow()
    expect(() => check.check(keyless, { sql: 'select code from bars', columns: [...keyColumns] })).toThrow(/altered/)
  })
})
