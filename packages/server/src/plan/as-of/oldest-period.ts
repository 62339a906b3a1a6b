import type { Dataset } from '@stockdb/contract'
import { sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import { columnOf, role } from '../columns.ts'
import { Placeholder } from '../prepared-query.ts'
import { type Builder, tableOf, untyped } from '../rows.ts'
import type { AnnouncedRule } from './rules.ts'

/** Of which periods the oldest one wanted is looked for. */
interface Wanted {
  readonly dataset: Dataset
  readonly rule: AnnouncedRule
  /** Only the symbols asked for. */
  readonly among: (builder: Builder) => Builder
  /** Only rows that were known, of the table under this alias. */
  readonly known: (table: string, builder: Builder) => Builder
  /** Whether it is the newest period itself, else the one `back` before it. */
  readonly newest: boolean
}

/**
 * Codes, as `(code)`, and each one's oldest period wanted, as `(since)`, null where it has fewer. It is looked up by the
 * index, walking back from the newest, so that the versions of all the older periods are not read.
 */
export function oldestBySeek(dialect: Dialect, { dataset, rule, among, known, newest }: Wanted): Builder {
  const period = columnOf(dataset, rule.period, 'o')
  const older = tableOf(dialect, dataset, 'o')
    .select(period.as('(period)'))
    .where(sql<boolean>`${role(dataset, 'symbol', 'o')} = ${role(dataset, 'symbol')}`)
    .limit(sql<number>`1`)
  const wanted = newest
    ? // Ordered by the whole index MySQL walks it back and stops at the first hit; by the period alone it sorts all of them.
      older.orderBy(role(dataset, 'symbol', 'o'), 'desc').orderBy(period, 'desc')
    : untyped(
        older
          .distinct()
          .orderBy(period, 'desc')
          .offset(sql<number>`${new Placeholder('back')}`),
      )
  // Codes and their periods in one select: with the codes in a table of their own MariaDB 10.11 runs the statement
  // once, and finds a column unknown when it is run again.
  return untyped(
    among(tableOf(dialect, dataset))
      .select([role(dataset, 'symbol').as('(code)'), sql`${known('o', wanted)}`.as('(since)')])
      .groupBy(role(dataset, 'symbol')),
  )
}
