import type { Dataset } from '@stockdb/contract'
import { columnName, writeSymbolAs } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from './dialect.ts'

/** Conditions on the fields that a dataset fixes (`only`), of its table under an alias. */
export function fixedRows(dialect: Dialect, dataset: Dataset, alias: string): RawBuilder<unknown>[] {
  return Object.entries(dataset.only ?? {}).map(([name, value]) => {
    const field = dataset.fields[name]
    if (!field) throw new TypeError(`dataset ${dataset.name} has no field ${name}`)
    const { type, symbolFormat } = field
    const column = sql.id(alias, columnName(dataset, name))
    if (symbolFormat !== undefined) return sql`${column} = ${writeSymbolAs(symbolFormat, String(value))}`
    if (type === 'text' || type === 'symbol') return dialect.isOneOf(column, [value])
    const kept = dataset.managed === false ? { ...field, loose: true } : field
    return sql`${dialect.comparable(kept, column)} = ${typeof value === 'boolean' ? Number(value) : value}`
  })
}
