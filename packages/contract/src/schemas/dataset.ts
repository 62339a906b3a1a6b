import type { z } from 'zod'
import type { Dataset } from '../dataset.ts'
import { type ReadName, readArguments } from '../dataset-procedures.ts'
import type { Checked, DatasetArguments } from '../inputs/argument-kinds.ts'
import { inputOfShape, shapeOf } from './schema-of.ts'

/** All members of a union at once: what is inferred for a parameter must be assignable to each of them. */
type Together<Some> = (Some extends unknown ? (one: Some) => void : never) extends (one: infer All) => void
  ? All
  : never
type Each<Groups> = Groups extends (dataset: Dataset) => infer All ? Checked<All> : never

/** The checked input of a procedure; what the dataset does not have is missing. */
export type CheckedInput<Name extends ReadName> = Together<Each<(typeof readArguments)[Name][number]>>

/** The schemas of a dataset's arguments, which its procedures share. */
const made = new WeakMap<Dataset, Map<DatasetArguments, z.ZodRawShape>>()

function shapeFor(dataset: Dataset, group: DatasetArguments): z.ZodRawShape {
  const own = made.get(dataset) ?? new Map<DatasetArguments, z.ZodRawShape>()
  made.set(dataset, own)
  const shape = own.get(group) ?? shapeOf(group(dataset))
  own.set(group, shape)
  return shape
}

/**
 * The zod schema of the input of a procedure that reads a dataset. An unknown argument is refused, never ignored; output dates are
 * `YYYY-MM-DD`, and fields are unique.
 */
export function inputOf<Name extends ReadName>(dataset: Dataset, name: Name): z.ZodType<CheckedInput<Name>> {
  const shape: z.ZodRawShape = Object.assign({}, ...readArguments[name].map((group) => shapeFor(dataset, group)))
  // The shape was put together at run time from those that its type names.
  return inputOfShape(shape) as z.ZodType<CheckedInput<Name>>
}
