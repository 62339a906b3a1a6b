import { type RawBuilder, sql } from 'kysely'

/** A date such as 2024/1/2 as 2024-01-02. What is one already, or no date, stays as it is. */
export function inOrder(date: RawBuilder<unknown>): RawBuilder<unknown> {
  const rest = sql`substr(${date}, 6)`
  const two = (part: RawBuilder<unknown>) => sql`substr(concat('0', ${part}), -2)`
  const month = sql`substr(${rest}, 1, instr(${rest}, '/') - 1)`
  const day = sql`substr(${rest}, instr(${rest}, '/') + 1)`
  return sql`(case when instr(${rest}, '/') = 0 then ${date} else concat(substr(${date}, 1, 4), '-', ${two(month)}, '-', ${two(day)}) end)`
}
