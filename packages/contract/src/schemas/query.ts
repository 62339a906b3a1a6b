import { z } from 'zod'
import { argumentsInput, expecting } from './arguments.ts'

/** Checks only the envelope: zod would recurse into a tree of any depth. */
export const queryInput = argumentsInput({
  query: z
    .unknown()
    .refine((query) => query !== undefined, { error: expecting('the operation tree of a Kysely select') }),
})
