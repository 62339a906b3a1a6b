import { z } from 'zod'
import type { Argument, Arguments, Checked, Given } from '../inputs/argument-kinds.ts'
import { argumentsInput, expecting, inOrder } from './arguments.ts'

/** The zod schema of an argument, from its description. */
export function schemaOf<A extends Argument>(argument: A): z.ZodType<ValueOf<A>> {
  const schema = requiredSchemaOf(argument)
  // What it gives is what the description says.
  return (argument.optional ? schema.optional() : schema) as z.ZodType<ValueOf<A>>
}

type ValueOf<A> = A extends { readonly optional: true } ? Given<A> | undefined : Given<A>

function requiredSchemaOf(argument: Argument): z.ZodType {
  const error = expecting(argument.expected)
  switch (argument.kind) {
    case 'flag':
      return z.boolean({ error })
    case 'whole':
      // One message is enough.
      return z.int({ error, abort: true }).min(argument.from, { error }).max(argument.to, { error })
    case 'choice':
      return z.enum(argument.of, { error })
    case 'text': {
      const { form, hint = () => '' } = argument
      return z.string({ error }).regex(form, { error: (issue) => `${error(issue)}${hint(issue.input)}` })
    }
    case 'read':
      return sources[argument.from](error).transform((given, context) => {
        const value = argument.read(given)
        if (value !== undefined) return value
        context.addIssue({ code: 'custom', message: error({ input: given }), input: given })
        return z.NEVER
      })
    case 'list': {
      const { of, least = 0, most, tooLong } = argument
      const longer = { error: tooLong ?? error }
      return z.array(schemaOf(of), { error }).min(least, { error }).max(most, longer)
    }
    case 'arguments':
      return argumentsInput(shapeOf(argument.of), argument.expected)
  }
}

const sources = {
  text: (error: ReturnType<typeof expecting>) => z.string({ error }),
  'text or number': (error: ReturnType<typeof expecting>) =>
    z.union([z.string().min(1).max(32), z.number()], { error }),
  anything: () => z.unknown(),
}

/** The zod schemas of arguments, by name. */
export const shapeOf = (all: Arguments): Record<string, z.ZodType> =>
  Object.fromEntries(Object.entries(all).map(([name, argument]) => [name, schemaOf(argument)]))

/**
 * The zod schema of an input with these arguments and no others. A range that starts after its end is refused, and what has a meaning
 * only beside another argument.
 */
export function inputOfShape(shape: z.ZodRawShape): z.ZodType {
  const ordered = 'start' in shape && 'end' in shape ? inOrder(argumentsInput(shape)) : argumentsInput(shape)
  return 'maxFill' in shape ? ordered.refine(...fillsAtAll) : ordered
}

const fillsAtAll: Parameters<z.ZodType<{ readonly fill?: unknown; readonly maxFill?: unknown }>['refine']> = [
  ({ fill, maxFill }) => maxFill === undefined || fill === 'previous',
  {
    path: ['maxFill'],
    error: ({ input }: { readonly input?: unknown }) =>
      `got ${(input as { maxFill: number }).maxFill}; expected it together with fill: "previous"`,
  },
]

/** The same of descriptions. */
export const inputWith = <All extends Arguments>(all: All): z.ZodType<Checked<All>> =>
  // Its shape is made at run time of what the type describes.
  inputOfShape(shapeOf(all)) as z.ZodType<Checked<All>>
