import type { FieldTypeName } from '@stockdb/contract'
import { type Expression, type RawBuilder, sql } from 'kysely'

/**
 * The number that a text is, null where it is empty. What is no number would be 0 and a warning here; so that it is never
 * passed over, it becomes a number that no double holds, which is an error.
 */
export function textNumber(type: FieldTypeName, text: Expression<unknown>): RawBuilder<unknown> {
  const refused = sql`exp(710 + char_length(${text}))`
  if (type === 'bool')
    return sql`(case when ${text} is null or ${text} = '' then null when lower(${text}) in ('1', 'true', '1.0') then 1
      when lower(${text}) in ('0', 'false', '0.0') then 0 else ${refused} end)`
  const isNumber = sql`${text} regexp '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$'`
  return sql`(case when ${text} is null or ${text} = '' then null when ${isNumber} then ${text} + 0e0 else ${refused} end)`
}
