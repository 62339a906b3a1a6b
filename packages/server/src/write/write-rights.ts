import type { Catalogue, Dataset } from '@stockdb/contract'
import { columnName, hasMembers, isWritable, tableName } from '@stockdb/contract/internal'
import type { Engine } from '../engine/engine.ts'
import { changesTable, factorsTable, keysTable, sequenceTable } from '../engine/own-tables.ts'
import { tableRef } from '../engine/table-ref.ts'
import type { Right, RightsLacking, RightsWanted } from '../engine/write-rights.ts'

/** How many datasets are named. */
const MAX_NAMED = 5

const wantedOn = (dataset: Dataset, rights: readonly Right[]): RightsWanted => ({
  on: tableRef(dataset),
  column: columnName(dataset, dataset.key[0] as string),
  rights,
})

/** What any write takes. Old keys and changes are deleted. */
const ownRights: readonly RightsWanted[] = [
  wantedOn(keysTable, ['SELECT', 'INSERT', 'UPDATE', 'DELETE']),
  wantedOn(sequenceTable, ['SELECT', 'INSERT', 'UPDATE']),
  wantedOn(changesTable, ['SELECT', 'INSERT', 'DELETE']),
]

/** What an account that writes lacks of the rights that every write takes. */
export const lackingForAnyWrite = (
  writing: Pick<Engine, 'missingRights'>,
  signal: AbortSignal,
): Promise<readonly RightsLacking[]> => writing.missingRights(ownRights, signal)

/** The accounts of a server, and what is written with them. */
export interface Accounts {
  readonly reading: Engine
  readonly writing: Engine
  readonly catalogue: Catalogue
  /** The other database that tables of factors are made in, if there is one. */
  readonly factorSchema: string | undefined
}

/** Calls that will be refused, and the statements that grant the rights for them. */
export interface CallsRefused {
  /** As in `upsert: daily, weekly`. */
  readonly cannot: readonly string[]
  readonly grants: readonly string[]
  /** Whether nothing at all can be written. */
  readonly writesNothing: boolean
  /** Whether only deletions will be refused, as with the accounts that "stockdb grants" prints. */
  readonly deletesAlone: boolean
}

/** Finds out which calls that write will be refused, because an account lacks rights; `undefined` if none. */
export async function refusedWrites(accounts: Accounts, signal: AbortSignal): Promise<CallsRefused | undefined> {
  const { reading, writing, catalogue } = accounts
  const datasets = Object.values(catalogue).filter((dataset) => isWritable(dataset) && !hasMembers(dataset))
  const shapes = await reading.describeSeveral(datasets.map(tableName), signal)
  const written = datasets.filter((_, at) => shapes[at] !== undefined)
  const asked = written.map((dataset) => wantedOn(dataset, ['SELECT', 'INSERT', 'UPDATE', 'DELETE']))
  const any = await lackingForAnyWrite(writing, signal)
  const onDatasets = await writing.missingRights(asked, signal)
  const onFactors = await lackingForFactors(accounts, signal)
  const lacks = (rights: readonly Right[]): string[] =>
    written.flatMap(({ name }, at) => {
      const found = onDatasets.find(({ wanted }) => wanted === asked[at])
      return found?.rights.some((right) => rights.includes(right)) ? [name] : []
    })
  const upserts = lacks(['SELECT', 'INSERT', 'UPDATE'])
  const deletes = lacks(['DELETE'])
  const cannot = [
    ...(any.length > 0 ? ['any write'] : []),
    ...(upserts.length > 0 ? [`upsert: ${listOf(upserts)}`] : []),
    ...(deletes.length > 0 ? [`delete: ${listOf(deletes)}`] : []),
    ...(onFactors.length > 0 ? ['factors.define, factors.drop'] : []),
  ]
  if (cannot.length === 0) return undefined
  const grants = [...new Set([...any, ...onFactors, ...onDatasets].map(({ grant }) => grant))]
  const writesNothing = any.length === ownRights.length && upserts.length === written.length
  return { cannot, grants, writesNothing, deletesAlone: cannot.length === 1 && deletes.length > 0 }
}

const listOf = (names: readonly string[]): string =>
  names.length > MAX_NAMED
    ? `${names.slice(0, MAX_NAMED).join(', ')} and ${names.length - MAX_NAMED} more`
    : names.join(', ')

async function lackingForFactors(
  { reading, writing, factorSchema: schema }: Accounts,
  signal: AbortSignal,
): Promise<readonly RightsLacking[]> {
  const isThere = (await reading.describe(factorsTable.name, signal)) !== undefined
  const wanted: readonly RightsWanted[] = [
    { on: { schema }, rights: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'DROP', 'INDEX'] },
    isThere
      ? wantedOn(factorsTable, ['SELECT', 'INSERT', 'UPDATE', 'DELETE'])
      : { on: { schema: undefined }, rights: ['CREATE'] },
  ]
  const lacking = await writing.missingRights(schema === undefined && !isThere ? wanted.slice(0, 1) : wanted, signal)
  if (reading === writing) return lacking
  // Their tables are read with the other account.
  return [...lacking, ...(await reading.missingRights([{ on: { schema }, rights: ['SELECT'] }], signal))]
}
