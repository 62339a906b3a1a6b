import { z } from 'zod'
import { BIGINT_TAG } from '../inputs/query-input.ts'
import { limits } from '../protocol.ts'
import { argumentsInput, expecting } from './arguments.ts'

const TEXT_EXPECTED = `a SELECT statement of at most ${limits.sql.text} characters`
const VALUE_EXPECTED = 'a text, a number, a boolean, a bigint of 64 bits as { "$bigint": "123" }, or null'

const isBigint = (digits: string): boolean =>
  /^-?\d{1,19}$/.test(digits) && BigInt.asIntN(64, BigInt(digits)) === BigInt(digits)

const bigint = z.strictObject({
  [BIGINT_TAG]: z.string().refine(isBigint, { error: expecting('a whole number of 64 bits') }),
})

export const sqlInput = argumentsInput({
  sql: z
    .string({ error: expecting(TEXT_EXPECTED) })
    .max(limits.sql.text, { error: `is too long; expected ${TEXT_EXPECTED}` }),
  params: z
    .array(z.union([z.string(), z.number(), z.boolean(), z.null(), bigint], { error: expecting(VALUE_EXPECTED) }), {
      error: expecting('a list of values, one for each question mark'),
    })
    .max(limits.sql.params, { error: `a statement has at most ${limits.sql.params} params` })
    .default([]),
})
