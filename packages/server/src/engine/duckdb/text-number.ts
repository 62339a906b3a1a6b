import type { FieldTypeName } from '@stockdb/contract'
import { type Expression, type RawBuilder, sql } from 'kysely'

/** How a query fails on a text that should be a number; the text comes behind it. */
export const NOT_A_NUMBER = 'stockdb: a text is not a number: '

/** Characters of a text in a message. */
const SHOWN_CHARACTERS = 60

/** The number that a text is, null where it is empty, an error where it is something else. */
export function textNumber(type: FieldTypeName, text: Expression<unknown>): RawBuilder<unknown> {
  const refused = sql`error(${sql.lit(NOT_A_NUMBER)} || left(${text}, ${sql.lit(SHOWN_CHARACTERS)}))`
  const given = (read: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`(case when ${text} is null or ${text} = '' then null ${read} else ${refused} end)`
  const matches = (pattern: string): RawBuilder<unknown> => sql`regexp_full_match(${text}, ${sql.lit(pattern)})`
  if (type === 'bool')
    return given(
      sql`when lower(${text}) in ('1', 'true', '1.0') then true when lower(${text}) in ('0', 'false', '0.0') then false`,
    )
  // Its own cast also takes infinities, spaces and underscores, and rounds to whole numbers.
  const [pattern, kind] =
    type === 'float64'
      ? ['[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?', 'double']
      : ['[+-]?[0-9]+([.]0*)?', 'bigint']
  const number = sql`try_cast(${text} as ${sql.raw(kind)})`
  return given(sql`when ${matches(pattern)} and ${number} is not null then ${number}`)
}
