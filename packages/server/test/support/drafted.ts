import { type Catalogue, defineCatalogue, defineDataset, type Field } from '@stockdb/contract'
import { openIntrospector } from '../../src/engine/open.ts'
import { introspect } from '../../src/introspect/introspect.ts'
import { formsOf } from '../../src/plan/prepared-query.ts'

/** The catalogue that introspection drafts for a database, without writing a file. */
export async function draftedCatalogue(address: string, tables?: readonly string[]): Promise<Catalogue> {
  const database = openIntrospector(address)
  try {
    const { datasets } = await introspect(database, tables)
    return defineCatalogue(
      Object.fromEntries(
        datasets.map(({ name, table, tables, wide, description, fields, key, symbol, date, scanned, rules, only }) => {
          const declared = fields.map(({ name: field, type, nullable, description: words, column, ...kept }) => {
            const options = {
              column,
              ...formsOf(kept),
              ...(kept.unit === undefined ? {} : { unit: kept.unit }),
              ...(kept.exchange ? { exchange: kept.exchange } : {}),
            }
            return [field, { type, nullable, description: words, ...options } satisfies Field] as const
          })
          const dataset = defineDataset({
            ...{
              name,
              ...(tables
                ? { tables: { pattern: tables.pattern, ...(tables.notation ? { notation: tables.notation } : {}) } }
                : { table }),
              ...(wide ? { wide } : {}),
              description,
              managed: false,
              ...(scanned === undefined ? {} : { latest: 'scan' as const }),
            },
            ...{ fields: Object.fromEntries(declared), key: key.value },
            ...(symbol ? { symbol: symbol.value } : {}),
            ...(date ? { date: date.value } : {}),
            ...(only ? { only } : {}),
            ...rules,
          })
          return [name, dataset]
        }),
      ),
    )
  } finally {
    await database.close()
  }
}
