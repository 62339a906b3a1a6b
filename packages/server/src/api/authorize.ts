import { StockdbError } from '@stockdb/contract/wire'
import type { Principal } from '../access/principal.ts'
import type { DatasetUse } from '../plan/dataset-use.ts'
import type { Reader } from '../plan/facts.ts'
import { datasetOf } from '../plan/plan-context.ts'
import type { QueryPlan } from '../plan/query-plan.ts'
import { kindOf } from '../plan/read.ts'
import { readsOf, usesOf } from '../plan/uses.ts'
import type { CallContext, Services } from './context.ts'
import { namingDropped } from './dropped-factors.ts'

/** How often a plan is remade because inspecting a table revealed something new. */
const MAX_PLANS = 4

/** A plan that its caller may execute, and what it reads. */
export interface AuthorizedPlan {
  readonly plan: QueryPlan
  readonly uses: readonly DatasetUse[]
}

/**
 * Makes a plan for a caller. This is the only place that checks rights, on every dataset that the plan reads, and that
 * inspects tables. If an inspection reveals something new, the plan is made again; optional reads without rights are
 * left out. Throws `FORBIDDEN`, and `SCHEMA_MISMATCH` for a table that cannot be read.
 */
export async function authorize(
  services: Services,
  { caller }: CallContext,
  make: (reader: Reader) => QueryPlan,
): Promise<AuthorizedPlan> {
  const { tables, factors } = services
  const lacking = new Set<string>()
  const reader: Reader = {
    mayRead: (dataset) => caller.mayRead(dataset),
    lacks: (dataset) => lacking.has(dataset),
  }
  for (let attempt = 1; ; attempt++) {
    const plan = make(reader)
    const uses = usesOf(plan, services)
    for (const use of uses) requireRight(caller, use)
    const read = uses
      .filter((use) => use.for === 'rows')
      .map((use) => ({ use, dataset: datasetOf(services, use.dataset) }))
    const known = read.map(({ dataset }) => tables.lookAt(dataset))
    const needs = { exactCodes: readsOf(plan).some((read) => kindOf(read).stepsThroughCodes) }
    for (const { use, dataset } of read) {
      if (!use.dispensable) await namingDropped(factors, [dataset], () => tables.check(dataset, needs))
      else if ((await tables.problem(dataset)) !== undefined) lacking.add(dataset.name)
    }
    const same = read.every(({ dataset }, at) => tables.lookAt(dataset) === known[at] && !lacking.has(dataset.name))
    if (same || attempt === MAX_PLANS) return { plan, uses }
  }
}

function requireRight(caller: Principal, { dataset, refusal }: DatasetUse): void {
  if (refusal && !caller.mayRead(dataset))
    throw new StockdbError(
      'FORBIDDEN',
      `${refusal.why}, which the token "${caller.name}" may not read; ${refusal.instead}`,
    )
  caller.requireDataset(dataset)
}
