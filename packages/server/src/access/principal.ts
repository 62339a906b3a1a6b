import type { Scope } from '@stockdb/contract/internal'
import { scopes } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'

/** What a procedure demands: a scope; `any` valid token, whatever it may do; or nothing at all, which is `open`. */
export type ProcedureScope = Scope | 'any' | 'open'

/** What every procedure says of itself. */
export interface ProcedureMeta {
  readonly scope: ProcedureScope
  /** Whether calls get through although the database is overloaded: those that watch over the server. */
  readonly exempt?: boolean
}

/** Who makes a call, and what they may do. */
export interface Principal {
  /** The name of the token, `anonymous` where none is needed, `unknown` where none or a wrong one was sent. */
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Whether only some datasets may be read, and so no table outside the catalogue. */
  readonly restricted: boolean
  /** Whether the rows of a dataset may be read. */
  mayRead(dataset: string): boolean
  /** Whether rows of a dataset may be written. */
  mayWrite(dataset: string): boolean
  /** Throws `UNAUTHORIZED` or `FORBIDDEN` when the caller lacks a scope. */
  require(scope: ProcedureScope): void
  /** Throws `FORBIDDEN` when the rows of a dataset may not be read. */
  requireDataset(dataset: string): void
}

/** A caller with scopes, restricted to datasets where `datasets` is given. */
export function principalOf(name: string, granted: readonly Scope[], datasets?: readonly string[]): Principal {
  const may = (scope: Scope, dataset: string): boolean =>
    granted.includes(scope) && (datasets === undefined || datasets.includes(dataset))
  return {
    name,
    scopes: granted,
    restricted: datasets !== undefined,
    // SQL reads tables as well: a token for SQL alone is restricted to the same datasets.
    mayRead: (dataset) => may('read', dataset) || may('sql', dataset),
    mayWrite: (dataset) => may('write', dataset),
    require: (scope) => {
      if (scope === 'any' || scope === 'open' || granted.includes(scope)) return
      throw new StockdbError(
        'FORBIDDEN',
        `this needs the scope ${scope}, and the token "${name}" has ${granted.join(', ')}; "stockdb token create --scopes" makes one that has it`,
      )
    },
    requireDataset: (dataset) => {
      if (datasets === undefined || datasets.includes(dataset)) return
      throw new StockdbError(
        'FORBIDDEN',
        `the token "${name}" may not read ${dataset}; its datasets are ${datasets.join(', ')}`,
      )
    },
  }
}

/** Anyone on the server's own machine, while no token is defined. */
export const anonymous: Principal = principalOf('anonymous', scopes)

/** A caller who may do nothing but what is open, and why. */
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
