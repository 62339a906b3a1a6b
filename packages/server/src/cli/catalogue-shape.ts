import type { Catalogue, CatalogueRoles } from '@stockdb/contract'
import { catalogueRoles, dateFormats, describeIssues, fieldTypes, symbolFormats } from '@stockdb/contract/internal'
import { z } from 'zod'

const expecting =
  (expected: string) =>
  (issue: { input?: unknown }): string =>
    issue.input === undefined ? `is missing; expected ${expected}` : `expected ${expected}`

const words = z.string({ error: expecting('a text') })
const names = z.array(words, { error: expecting('a list of fields') })
const typeNames = Object.keys(fieldTypes)
const formNames = Object.keys(dateFormats)

const field = z.looseObject(
  {
    type: z.enum(typeNames, { error: expecting(`a type of field: ${typeNames.join(', ')}`) }),
    nullable: z.boolean({ error: expecting('true or false') }),
    description: words,
    unit: words.optional(),
    length: z.int().min(1).max(16_383).optional(),
    column: words.optional(),
    dateFormat: z.enum(formNames, { error: expecting(`a date format: ${formNames.join(', ')}`) }).optional(),
    numberFormat: z.literal('text', { error: expecting("'text'") }).optional(),
    symbolFormat: z
      .enum(symbolFormats, { error: expecting(`a format of symbols: ${symbolFormats.join(', ')}`) })
      .optional(),
    exchange: z
      .looseObject(
        { column: words, notation: words },
        { error: expecting('an exchange: its column, and its notation') },
      )
      .optional(),
  },
  { error: expecting('a field, such as float64("Close")') },
)

const dataset = z.looseObject(
  {
    name: words,
    table: words.optional(),
    tables: z.looseObject({ pattern: words, notation: words.optional() }).optional(),
    wide: z.looseObject({ pattern: words, field: words, notation: words.optional() }).optional(),
    managed: z.boolean({ error: expecting('true or false') }).optional(),
    latest: z.literal('scan', { error: expecting("'scan'") }).optional(),
    description: words,
    fields: z.record(z.string(), field, { error: expecting('fields by name') }),
    key: names,
    symbol: words.optional(),
    date: words.optional(),
  },
  { error: expecting('a dataset, made by defineDataset') },
)

const catalogue = z
  .record(z.string(), dataset, { error: () => 'expected a catalogue, exported by default or as "catalogue"' })
  .refine((datasets) => Object.keys(datasets).length > 0, { error: 'the catalogue has no dataset' })

/** Under what a file without `defineCatalogue`, such as JSON, declares the roles of its datasets. */
const ROLES = '$roles'

/**
 * Checks that a value from a file has the shape of a catalogue. `defineDataset` checks what rules and roles refer to;
 * TypeScript has checked nothing if the file is JavaScript or JSON.
 */
export function readCatalogue(
  value: unknown,
): { success: true; catalogue: Catalogue; roles: CatalogueRoles | undefined } | { success: false; problem: string } {
  const { [ROLES]: plain, [catalogueRoles]: roles = plain, ...datasets } = Object(value) as Given
  const { success, data, error } = catalogue.safeParse(isRecord(value) ? datasets : value)
  // Adjustments, bars and knowledge are not checked here: defineDataset looks up every name in them.
  return success
    ? { success, catalogue: data as unknown as Catalogue, roles }
    : { success, problem: describeIssues(error) }
}

interface Given {
  readonly [ROLES]?: CatalogueRoles
  readonly [catalogueRoles]?: CatalogueRoles
  readonly [name: string]: unknown
}

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)
