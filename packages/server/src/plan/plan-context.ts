import type { Catalogue, Dataset } from '@stockdb/contract'
import { repeatFields, repeatPlan } from '../engine/repeat-plan.ts'
import type { TableFacts } from './facts.ts'
import type { RepeatRead } from './read-types.ts'
import type { RepeatRange } from './repeats/select-repeat.ts'

/** What plans are made from, besides the caller's input. */
export interface PlanContext {
  readonly catalogue: Catalogue
  readonly facts: Pick<TableFacts, 'enforcesKey'> & Partial<Pick<TableFacts, 'singlesOf' | 'joinsSlowly'>>
}

/** A dataset of the catalogue; throws a `TypeError` if there is none. */
export function datasetOf({ catalogue }: Pick<PlanContext, 'catalogue'>, name: string): Dataset {
  const dataset = catalogue[name]
  if (!dataset) throw new TypeError(`the catalogue has no dataset ${name}`)
  return dataset
}

/** The columns to read; if the database may have repeated keys, also those that identify repeats. */
export function readOf(
  { facts }: PlanContext,
  dataset: Dataset,
  fields: readonly string[],
): { readonly dataset: string; readonly fields: readonly string[]; readonly repeats?: true } {
  const { name } = dataset
  if (facts.enforcesKey(dataset)) return { dataset: name, fields }
  return { dataset: name, fields: [...new Set([...fields, ...repeatFields(repeatPlan(dataset))])], repeats: true }
}

/** A dataset of which rows are read, and the fields that the answer is made of. */
export interface ReadFields {
  readonly dataset: Dataset
  readonly fields: readonly string[]
}

/** Plans checks for repeated keys, for datasets whose tables may have some. */
export function repeatChecks(
  { facts }: PlanContext,
  reads: readonly ReadFields[],
  { symbols, date }: RepeatRange,
): RepeatRead[] {
  return reads
    .filter(({ dataset }) => !facts.enforcesKey(dataset))
    .map(({ dataset, fields }) => ({ read: 'repeat', dataset: dataset.name, fields, symbols, date }))
}
