import type { Scope } from '@stockdb/contract/internal'
import { scopes } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'

/** What a procedure requires: a scope; `any` valid token; or nothing, which is `open`. */
export type ProcedureScope = Scope | 'any' | 'open'

/** What every procedure declares. */
export interface ProcedureMeta {
  readonly scope: ProcedureScope
  /** Whether calls get through while the database is overloaded, such as those that monitor the server. */
  readonly exempt?: boolean
  /** Whether its rows may come as an Arrow stream in the body. */
  readonly takesArrow?: boolean
  /** The dataset that it reads, which a subscription must check before it answers. */
  readonly dataset?: string
  /** How it names datasets, if not by its path: its input does, or its answer lists them all. */
  readonly namesDatasets?: 'in input' | 'in answer'
}

/** Who makes a call, and what they may do. */
export interface Principal {
  /** The token's name; `anonymous` if none is needed; `unknown` if none or a wrong one was sent. */
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Whether only some datasets may be read, and so no table outside the catalogue. */
  readonly restricted: boolean
  /** Whether the rows of a dataset may be read. */
  mayRead(dataset: string): boolean
  /** Whether rows of a dataset may be written. */
  mayWrite(dataset: string): boolean
  /** Throws `UNAUTHORIZED` or `FORBIDDEN` if the caller lacks a scope. */
  require(scope: ProcedureScope): void
  /** Throws `FORBIDDEN` if the caller's token does not reach a dataset. */
  requireDataset(dataset: string, use?: 'read' | 'write'): void
}

/** A caller with scopes, restricted to `datasets` if given. */
export function principalOf(name: string, granted: readonly Scope[], datasets?: readonly string[]): Principal {
  const may = (scope: Scope, dataset: string): boolean =>
    granted.includes(scope) && (datasets === undefined || datasets.includes(dataset))
  return {
    name,
    scopes: granted,
    restricted: datasets !== undefined,
    // SQL reads tables too: a token for SQL alone is restricted to the same datasets.
    mayRead: (dataset) => may('read', dataset) || may('sql', dataset),
    mayWrite: (dataset) => may('write', dataset),
    require: (scope) => {
      if (scope === 'any' || scope === 'open' || granted.includes(scope)) return
      throw new StockdbError(
        'FORBIDDEN',
        `requires scope "${scope}"; token "${name}" has ${granted.map((one) => `"${one}"`).join(', ')}; "stockdb token create --scopes" creates one with it`,
      )
    },
    requireDataset: (dataset, use = 'read') => {
      if (datasets === undefined || datasets.includes(dataset)) return
      throw new StockdbError(
        'FORBIDDEN',
        `the token "${name}" may not ${use} ${dataset}; its datasets are ${datasets.join(', ')}`,
      )
    },
  }
}

/** Anyone on the server's own machine, while no token is defined. */
export const anonymous: Principal = principalOf('anonymous', scopes)

/** A caller who may only use what is open, and why. */
export function refusedPrincipal(name: string, refusal: StockdbError): Principal {
  const refuse = (): never => {
    throw refusal
  }
  return {
    name,
    scopes: [],
    restricted: true,
    mayRead: () => false,
    mayWrite: () => false,
    require: (scope) => (scope === 'open' ? undefined : refuse()),
    requireDataset: refuse,
  }
}
