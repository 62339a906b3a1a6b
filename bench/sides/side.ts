import type { Call } from '../workloads/call.ts'

/** One way to read the bench's database, run in a process of its own. */
export interface Side {
  /** Makes one call and resolves with the number of rows, or of cells of a panel. `caller` counts from 0. */
  run(call: Call, caller: number): Promise<number>
}

/** Where a side finds what it reads. */
export interface Addresses {
  /** Of the database. */
  readonly database: string
  /** Of the stockdb server. */
  readonly server: string
  /** Of one that keeps answers in memory; absent where it is not compared. */
  readonly keeping?: string
  /** The same of one with two workers. */
  readonly inTwo?: string
  /** Of the Python server of the replaced design; absent where Python's packages are. */
  readonly replaced?: string
}

/** What a side refuses: a workload that does not list it never makes such a call. */
export function cannot(side: string, call: Call): never {
  throw new Error(`${side} has no ${call.kind}`)
}
