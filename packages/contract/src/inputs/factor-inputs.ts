import { proceduresOf } from '../dataset-procedures.ts'
import type { FieldInfo } from '../field-info.ts'
import { securityDay } from '../tushare/bar-fields.ts'

/** What all factors have in common. */
export const factorRoles = {
  ...{ key: ['ts_code', 'trade_date'], symbol: 'ts_code', date: 'trade_date', calendar: 'SSE' },
} as const

/** The procedures of every factor. */
export const factorProcedures = proceduresOf({
  name: 'any',
  description: 'Any factor',
  ...factorRoles,
  fields: securityDay,
})

/** A factor as it is defined in the database. */
export interface FactorInfo {
  readonly name: string
  readonly description: string
  /** The name of the token that defined it. */
  readonly owner: string
  /** When it was defined, in UTC: `2024-01-02 03:04:05.678`. */
  readonly definedAt: string
  /** Its table in the database. */
  readonly table: string
  readonly fields: readonly FieldInfo[]
  /** Why it is not served, if it is not. */
  readonly problem?: string
}

/** Answer to `factors.define`. */
export interface FactorDefined {
  /** Its table in the database. */
  readonly table: string
  /** False if it was there already. */
  readonly created: boolean
}

/** Answer to `factors.drop`. */
export interface FactorDropped {
  /** How many rows it had. */
  readonly deleted: number
  /** The number of the write, in the order of commits. */
  readonly sequence: number
}
