import type { ReadQuery } from '../engine/engine.ts'
import { repeatPlan } from '../engine/repeat-plan.ts'
import { selectFactorRows } from './adjust/select-factors.ts'
import { selectAsOf } from './as-of/select-as-of.ts'
import { selectMoments, selectSources } from './bars/select-sources.ts'
import { selectInstruments } from './instruments/list-instruments.ts'
import { selectSearch } from './instruments/search-instruments.ts'
import { selectLastDate, selectLastDates, selectLatest } from './latest/select-latest.ts'
import { membersRead } from './members-read.ts'
import { datasetOf } from './plan-context.ts'
import type { QueryCache } from './prepared-query.ts'
import type { Read } from './read.ts'
import { selectAmbiguous, selectRepeat } from './repeats/select-repeat.ts'
import type { Columns } from './rows.ts'
import { selectScreen } from './screen/select-screen.ts'
import { selectList } from './select-list.ts'
import { selectAt, selectRange } from './select-range.ts'

/** The values of lookups by name; `undefined` if nothing was found. */
export type LookedUpValues = ReadonlyMap<string, string | undefined>

const none: LookedUpValues = new Map()

/** Makes the statement of a read: compiled once per shape, then bound to values. Pure. */
export function compileRead(cache: QueryCache, read: Read, lookedUp: LookedUpValues = none): ReadQuery {
  return compile(cache.choosing(membersRead(cache, read, lookedUp)), read, lookedUp)
}

function compile(cache: QueryCache, read: Read, lookedUp: LookedUpValues): ReadQuery {
  switch (read.read) {
    case 'range':
      return selectRange(cache, columnsOf(cache, read), read)
    case 'at':
      return selectAt(cache, columnsOf(cache, read), read)
    case 'latest': {
      const { end } = read
      return selectLatest(cache, columnsOf(cache, read), {
        ...read,
        end: typeof end === 'object' ? lookedUp.get(end.lookup) : end,
      })
    }
    case 'list':
      return selectList(cache, columnsOf(cache, read), read)
    case 'asOf':
      return selectAsOf(cache, columnsOf(cache, read), read)
    case 'lastDate':
      return selectLastDate(cache, datasetOf(cache, read.dataset), read)
    case 'lastDates':
      return selectLastDates(cache, datasetOf(cache, read.dataset), read)
    case 'factors': {
      const dataset = datasetOf(cache, read.dataset)
      return selectFactorRows(cache, { dataset, repeats: read.repeats && repeatPlan(dataset) }, read)
    }
    case 'barLengths':
      return selectSources(cache, datasetOf(cache, read.dataset), read.frequency, read.lengths, read)
    case 'barMoments':
      return selectMoments(cache, datasetOf(cache, read.dataset), read.frequency, read.lengths, read)
    case 'repeat':
      return selectRepeat(cache, datasetOf(cache, read.dataset), read)
    case 'ambiguous':
      return selectAmbiguous(cache, datasetOf(cache, read.dataset), read, read.fields)
    case 'instruments':
      return selectInstruments(cache, read)
    case 'instrumentSearch':
      return selectSearch(cache, read)
    case 'screen':
      return selectScreen(cache, read, (name) => lookedUp.get(name))
  }
}

interface ColumnsRead {
  readonly dataset: string
  readonly fields: readonly string[]
  readonly repeats?: true
  readonly factor?: string
}

function columnsOf(cache: QueryCache, { dataset: name, fields, repeats, factor }: ColumnsRead): Columns {
  const dataset = datasetOf(cache, name)
  const rule = dataset.adjustment
  return {
    dataset,
    fields,
    factor: factor === undefined || !rule ? undefined : { rule, dataset: datasetOf(cache, factor) },
    repeats: repeats && repeatPlan(dataset),
  }
}
