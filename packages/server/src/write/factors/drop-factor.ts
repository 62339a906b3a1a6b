import { didYouMean, type FactorDropped, StockdbError } from '@stockdb/contract/wire'
import { sql } from 'kysely'
import type { Engine } from '../../engine/engine.ts'
import { factorsTable } from '../../engine/own-tables.ts'
import { recordChange } from '../../engine/record-change.ts'
import {
  allRows,
  changeTables,
  dropStatement,
  type FactorChange,
  inFactorTransaction,
  rowsOf,
} from './factor-transaction.ts'
import { placeOf } from './read-factors.ts'

export interface DropOrder extends FactorChange {
  readonly name: string
}

/** Drops a factor: its definition, its table and all its rows. */
export async function dropFactorFrom(engine: Engine, order: DropOrder): Promise<FactorDropped> {
  const { name, signal, by } = order
  const { dialect } = engine
  const [table, id, owner] = [factorsTable.name, 'name', 'owner'].map((one) => sql.id(one))
  return inFactorTransaction(engine, order, `drop ${name}`, async (transaction) => {
    // Locks the row: only after this the transaction may look at the others.
    await transaction.run(sql`update ${table} set ${owner} = ${owner} where ${id} = ${name}`.compile(dialect.kysely))
    const rows = await allRows(engine, transaction)
    const there = rows.find((row) => row.name === name)
    if (!there) throw unknownFactor(name, rows)
    const place = placeOf(there.table)
    const deleted = (await engine.describe(place, signal)) ? await rowsOf(engine, place, signal) : 0
    await changeTables(transaction, `drop the table ${there.table}`, [dropStatement(engine, place)])
    await transaction.run(sql`delete from ${table} where ${id} = ${name}`.compile(dialect.kysely))
    const span = { start: undefined, end: undefined, symbols: undefined }
    const counts = { inserted: 0, changed: 0, unchanged: 0, deleted }
    const change = { dataset: { name }, span, ...counts, by, at: new Date() }
    return { deleted, sequence: await recordChange(dialect, transaction, change) }
  })
}

function unknownFactor(name: string, rows: readonly { readonly name: string }[]): StockdbError {
  const names = rows.map((row) => row.name)
  const known = names.length === 0 ? 'a factor, and none is defined' : `one of the factors: ${names.join(', ')}`
  const hint = names.length === 0 ? '' : didYouMean(name, names)
  return new StockdbError('INVALID_INPUT', `name: got "${name}"; ${hint}expected ${known}`)
}
