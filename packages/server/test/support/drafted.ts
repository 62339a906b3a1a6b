import { type Catalogue, defineCatalogue, defineDataset, type Field } from '@stockdb/contract'
import { openIntrospector } from '../../src/engine/open.ts'
import { introspect } from '../../src/introspect/introspect.ts'

/** The catalogue that introspection drafts for a database, without writing a file. */
export async function draftedCatalogue(address: string, tables?: readonly string[]): Promise<Catalogue> {
  const database = openIntrospector(address)
  try {
    const { datasets } = await introspect(database, tables)
    return defineCatalogue(
      Object.fromEntries(
        datasets.map(({ name, table, description, fields, key, symbol, date, scanned }) => {
          const declared = fields.map(({ name: field, type, nullable, description: words, column, dateFormat }) => {
            const options = { column, ...(dateFormat === undefined ? {} : { dateFormat }) }
            return [field, { type, nullable, description: words, ...options } satisfies Field] as const
          })
          const dataset = defineDataset({
            ...{
              name,
              table,
              description,
              managed: false,
              ...(scanned === undefined ? {} : { latest: 'scan' as const }),
            },
            ...{ fields: Object.fromEntries(declared), key: key.value },
            ...(symbol ? { symbol: symbol.value } : {}),
            ...(date ? { date: date.value } : {}),
          })
          return [name, dataset]
        }),
      ),
    )
  } finally {
    await database.close()
  }
}
