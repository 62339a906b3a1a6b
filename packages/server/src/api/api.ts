import type { Dataset } from '@stockdb/contract'
import type { StockdbError } from '@stockdb/contract/wire'
import type { AnyTRPCRouter } from '@trpc/server'
import { Planner } from '../plan/planner.ts'
import { QueryCache } from '../plan/prepared-query.ts'
import type { Services } from './context.ts'
import { createRouter, factorRouters, fixedRouters } from './router.ts'
import type { Procedures } from './trpc.ts'

/**
 * What a server serves at the moment. A factor that is defined or dropped replaces services and router as a whole: calls that
 * run keep the catalogue with which they began.
 */
export class Api {
  readonly #live: { services: Services }
  readonly #fixed: ReturnType<typeof fixedRouters>
  #factors: ReturnType<typeof factorRouters> = new Map()
  #whole: ReturnType<typeof createRouter>

  constructor(services: Services) {
    this.#live = { services }
    this.#fixed = fixedRouters(this.#live)
    this.#whole = createRouter(this.#live, this.#fixed, this.#factors)
    services.factors.subscribe((factors) => this.#serve(factors))
  }

  get services(): Services {
    return this.#live.services
  }

  get router(): AnyTRPCRouter {
    return this.#whole.router
  }

  get procedures(): Procedures {
    return this.#whole.procedures
  }

  /** Whether a path is one of a factor's. */
  isOfFactor(path: string): boolean {
    return this.services.factors.get(path.slice(0, path.indexOf('.'))) !== undefined
  }

  /** What to answer for a path of a factor that was dropped. */
  unknown(path: string): StockdbError | undefined {
    if (this.procedures.has(path)) return undefined
    return this.services.factors.dropped(path.slice(0, path.indexOf('.')))
  }

  /** The name that a path is counted under: factors together, because their names come and go. */
  nameOf(path: string): string | undefined {
    if (!this.procedures.has(path)) return undefined
    return this.isOfFactor(path) ? `factors${path.slice(path.indexOf('.'))}` : path
  }

  #serve(factors: readonly Dataset[]): void {
    const { engine, tables, base } = this.services
    for (const gone of this.#factors.keys()) if (!factors.includes(gone)) tables.forget(gone)
    const catalogue = { ...base, ...Object.fromEntries(factors.map((factor) => [factor.name, factor])) }
    const planner = new Planner(catalogue, tables)
    // A new one: a compiled query is found by the names of its dataset and fields, which may mean something else now.
    const cache = new QueryCache(engine.dialect, catalogue, tables)
    this.#live.services = { ...this.services, catalogue, planner, cache }
    this.#factors = factorRouters(this.#live, factors, this.#factors)
    this.#whole = createRouter(this.#live, this.#fixed, this.#factors)
  }
}
