import { z } from 'zod'
import type { Dataset } from '../dataset.ts'
import { fills, panelFields } from '../inputs/panel-input.ts'
import { limits } from '../protocol.ts'
import { argumentsInput, count, endInput, expecting, inOrder, startInput, symbolsShape } from './arguments.ts'
import { adjustmentShape, whereInput } from './dataset.ts'

/** The zod schema of a panel's input. */
export function panelInputOf(dataset: Dataset) {
  const names = panelFields(dataset)
  const expected = `a numeric field of ${dataset.name}: ${names.join(', ')}`
  const list = { error: expecting(`a list of 1 to ${limits.fields} numeric fields of ${dataset.name}`) }
  return inOrder(
    argumentsInput({
      ...symbolsShape,
      start: startInput,
      end: endInput,
      fields: z
        .array(z.enum(names, { error: expecting(expected) }), list)
        .min(1, list)
        .max(limits.fields, list),
      where: whereInput(dataset).optional(),
      fill: z.enum(fills, { error: expecting(`one of ${fills.join(', ')}`) }).optional(),
      maxFill: count(limits.maxFill).optional(),
      ...((dataset.adjustment ? adjustmentShape : {}) as typeof adjustmentShape),
    }),
  ).refine(({ fill, maxFill }) => maxFill === undefined || fill === 'previous', {
    path: ['maxFill'],
    error: ({ input }) => `got ${(input as { maxFill: number }).maxFill}; expected it together with fill: "previous"`,
  })
}
