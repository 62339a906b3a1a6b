import type { z } from 'zod'
import type { Dataset } from '../dataset.ts'
import { argumentNames, type ReadName, type Taken } from '../dataset-procedures.ts'
import { argumentsInput, inOrder } from './arguments.ts'
import { argumentShapes } from './dataset-arguments.ts'

type Values = { [A in keyof typeof argumentShapes]: z.output<z.ZodObject<ReturnType<(typeof argumentShapes)[A]>>> }
/** All members of a union at once: what is inferred for a parameter must be assignable to each of them. */
type Together<Some> = (Some extends unknown ? (one: Some) => void : never) extends (one: infer All) => void
  ? All
  : never

/** The checked input of a procedure; what the dataset does not have is missing. */
export type CheckedInput<Name extends ReadName> = Together<Values[Taken<Name>]>

/** The shapes of a dataset's arguments, which its procedures share. */
const made = new WeakMap<Dataset, Map<string, z.ZodRawShape>>()

function shapeOf(dataset: Dataset, name: keyof typeof argumentShapes): z.ZodRawShape {
  const own = made.get(dataset) ?? new Map<string, z.ZodRawShape>()
  made.set(dataset, own)
  const shape = own.get(name) ?? argumentShapes[name](dataset)
  own.set(name, shape)
  return shape
}

/**
 * The zod schema of the input of a procedure that reads a dataset. An unknown argument is refused, never ignored; output dates are
 * `YYYY-MM-DD`, and fields are unique.
 */
export function inputOf<Name extends ReadName>(dataset: Dataset, name: Name): z.ZodType<CheckedInput<Name>> {
  const shape: z.ZodRawShape = Object.assign({}, ...argumentNames(name).map((argument) => shapeOf(dataset, argument)))
  const ordered = 'start' in shape && 'end' in shape ? inOrder(argumentsInput(shape)) : argumentsInput(shape)
  const checked = 'maxFill' in shape ? ordered.refine(...fillsAtAll) : ordered
  // The shape was put together at run time from those that its type names.
  return checked as unknown as z.ZodType<CheckedInput<Name>>
}

const fillsAtAll: Parameters<z.ZodType<{ readonly fill?: unknown; readonly maxFill?: unknown }>['refine']> = [
  ({ fill, maxFill }) => maxFill === undefined || fill === 'previous',
  {
    path: ['maxFill'],
    error: ({ input }: { readonly input?: unknown }) =>
      `got ${(input as { maxFill: number }).maxFill}; expected it together with fill: "previous"`,
  },
]
