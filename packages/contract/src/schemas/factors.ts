import { z } from 'zod'
import { defineFactor, type FactorDeclaration } from '../factor.ts'
import { argumentsInput, expecting } from './arguments.ts'

/** The inputs of `factors`. A definition is checked by the function that declares factors everywhere. */
export const factorInputs = {
  define: argumentsInput({
    name: z.unknown().optional(),
    description: z.unknown().optional(),
    unit: z.unknown().optional(),
    fields: z.unknown().optional(),
  }).transform((given, context) => {
    try {
      return defineFactor(given as unknown as FactorDeclaration)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      const [, argument = '', message = error.message] = /^([\w.]+): (.*)$/s.exec(error.message) ?? []
      context.addIssue({ code: 'custom', path: argument.split('.'), message, input: given })
      return z.NEVER
    }
  }),
  drop: argumentsInput({ name: z.string({ error: expecting('the name of a factor') }).max(64) }),
}
