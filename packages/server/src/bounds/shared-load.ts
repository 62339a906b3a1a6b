/** What the workers of a server count together, besides the calls of each caller. */
export const sharedCounts = ['calls', 'bytes', 'subscriptions', 'heavy', 'connections'] as const
export type SharedCount = (typeof sharedCounts)[number]

/** What one caller, or one network, has in progress in all workers. */
export interface SharedCaller {
  /** Tells the others how many calls it has here, and how many bytes they hold. */
  publish(calls: number, bytes: number): void
  /** Tells the others how many calls it made here since a moment of `performance.now()`. */
  publishRate(since: number, calls: number): void
  readonly callsElsewhere: number
  readonly bytesElsewhere: number
  /** Its calls in the seconds that are counted elsewhere and not over. */
  readonly rateElsewhere: number
}

/**
 * Where the workers of one server tell each other what they have in progress. A limit of all of them holds if a worker publishes
 * its own number first and looks at the others' after that: of two that take the last place at once, at least one sees the other.
 */
export interface SharedLoad {
  publish(count: SharedCount, value: number): void
  elsewhere(count: SharedCount): number
  callerOf(name: string): SharedCaller
}

const nobody: SharedCaller = {
  publish: () => {},
  publishRate: () => {},
  callsElsewhere: 0,
  bytesElsewhere: 0,
  rateElsewhere: 0,
}

/** The load of a server without other workers. */
export const unsharedLoad: SharedLoad = { publish: () => {}, elsewhere: () => 0, callerOf: () => nobody }
