import type { FieldTypeName } from '@stockdb/contract'
import { type Expression, type RawBuilder, sql } from 'kysely'
import { numberReader } from './loose-numbers.ts'

/** The number that a text is, null where it is empty; our function refuses other texts. */
export function textNumber(type: FieldTypeName, text: Expression<unknown>): RawBuilder<unknown> {
  const reader = sql.raw(numberReader(type, true) ?? '')
  if (type === 'bool')
    return sql`(case lower(${text}) when '' then null when 'true' then 1 when 'false' then 0 else ${reader}(cast(${text} as text)) end)`
  return sql`(case when ${text} is null or ${text} = '' then null else ${reader}(cast(${text} as text)) end)`
}
