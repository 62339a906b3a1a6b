import type { Catalogue } from '@stockdb/contract'
import { hasMembers, tableName } from '@stockdb/contract/internal'
import { deadline } from './deadline.ts'
import type { Engine } from './engine.ts'
import { inspectMembers, membersOf } from './inspect-members.ts'
import { compareTable } from './schema.ts'

const DESCRIBE_TIMEOUT_MS = 10_000

/** How the tables of a database fit a catalogue: datasets by name. */
export interface Survey {
  readonly served: readonly string[]
  readonly missing: readonly string[]
  readonly differing: readonly string[]
}

/** Looks at the table of every dataset once, without its rows. */
export async function surveyTables(engine: Engine, catalogue: Catalogue): Promise<Survey> {
  const tables = [...new Set(Object.values(catalogue).flatMap((one) => (hasMembers(one) ? [] : [tableName(one)])))]
  // Together: one by one they would be some hundred statements at each start.
  const described = await engine.describeSeveral(tables, deadline(DESCRIBE_TIMEOUT_MS))
  const shapes = new Map(tables.map((table, at) => [table, described[at]]))
  const survey = { served: [] as string[], missing: [] as string[], differing: [] as string[] }
  for (const dataset of Object.values(catalogue)) {
    if (hasMembers(dataset)) {
      const { problem } = await inspectMembers(engine, dataset)
      const has = (await membersOf(engine, dataset, deadline(DESCRIBE_TIMEOUT_MS))).length > 0
      const list = problem === undefined ? survey.served : has ? survey.differing : survey.missing
      list.push(dataset.name)
      continue
    }
    const shape = shapes.get(tableName(dataset))
    if (!shape) survey.missing.push(dataset.name)
    else if (compareTable(engine.dialect, dataset, shape).some(({ breaks }) => breaks))
      survey.differing.push(dataset.name)
    else survey.served.push(dataset.name)
  }
  return survey
}
