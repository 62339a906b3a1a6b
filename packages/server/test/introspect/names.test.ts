import { type Catalogue, defineDataset, int32 } from '@stockdb/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { catalogueSource } from '../../src/introspect/catalogue-source.ts'
import { Names } from '../../src/introspect/names.ts'

const namesFor = (kind: 'dataset' | 'field', ...originals: string[]): string[] => {
  const names = new Names(kind)
  return originals.map((original) => names.nameFor(original))
}

describe('names', () => {
  it("are the database's names if those are valid", () => {
    expect(namesFor('dataset', 'daily', '日线', 'a_1')).toEqual(['daily', '日线', 'a_1'])
    expect(namesFor('field', 'tradeDate', '收盘价')).toEqual(['tradeDate', '收盘价'])
  })

  it('are otherwise derived, and unique', () => {
    expect(namesFor('dataset', 'Daily Bars', 'daily.bars', 'daily-bars', '1min', '...', 'query', 'then')).toEqual([
      ...['daily_bars', 'daily_bars_2', 'daily_bars_3', '_1min', 'table_', 'query_', 'then_'],
    ])
    expect(namesFor('field', '__proto__', 'constructor', 'a`b"c', "it's", '')).toEqual([
      ...['__proto___', 'constructor_', 'a_b_c', 'it_s', 'column_'],
    ])
  })

  it("allow a declaration and a file, whatever the database's names", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }), { minLength: 1 }),
        (originals) => {
          const [dataset = ''] = namesFor('dataset', ...originals)
          const fields = namesFor('field', ...originals)
          expect(new Set(fields).size).toBe(originals.length)
          const declared = Object.fromEntries(
            fields.map((name, at) => [name, int32('', { column: originals[at] ?? '' })]),
          )
          expect(
            Object.keys(
              defineDataset({ name: dataset, description: '', fields: declared, key: [fields[0] ?? ''] }).fields,
            ),
          ).toHaveLength(fields.length)
        },
      ),
    )
  })
})

describe('the file', () => {
  it('reproduces every name and comment exactly, and comments stay comments', async () => {
    const hostile = [
      "a'b",
      'a"b',
      'both \' and "',
      'back\\slash',
      'line\nbreak',
      'sep\u2028end */ // `',
      '</script>',
      '\u0000\u001b',
    ]
    const source = catalogueSource({
      version: 'MySQL 9\u2028throw 1',
      leftOut: [{ table: hostile.join('\n'), reason: 'because\nthrow 1' }],
      datasets: [
        {
          ...{ name: 'odd', table: hostile.join(''), isView: false, description: hostile.join(' ') },
          fields: hostile.map((column, at) => ({
            ...{
              name: `f${at}`,
              column,
              columnType: 'int',
              type: 'int32' as const,
              nullable: true,
              description: column,
            },
            notes: [column],
          })),
          leftOut: [{ column: hostile.join('\r'), columnType: "enum('\n')", reason: 'so' }],
          key: { value: ['f0'], guess: hostile.join(' ') },
          warnings: [hostile.join('\n')],
        },
      ],
    })
    // Without its imports the file is plain JavaScript.
    const body = source
      .replace(/^import .*\n/, '')
      .replaceAll('export const', 'const')
      .replace(/export default (\w+)/, 'return $1')
    const run = new Function('defineCatalogue', 'defineDataset', 'int32', body)
    const { odd } = run((all: unknown) => all, defineDataset, int32) as Catalogue
    expect(odd?.table).toBe(hostile.join(''))
    expect(Object.values(odd?.fields ?? {}).map(({ column }) => column)).toEqual(hostile)
    expect(Object.values(odd?.fields ?? {}).map(({ description }) => description)).toEqual(hostile)
  })
})
