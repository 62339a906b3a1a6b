import { z } from 'zod'
import type { Dataset } from '../dataset.ts'
import { limits } from '../protocol.ts'
import { argumentsInput, count, dateInput, expecting, symbolsShape } from './arguments.ts'
import { fieldsInput } from './dataset-arguments.ts'

/** The zod schemas of the inputs of `instruments`. */
export function instrumentInputsOf(stocks: Dataset) {
  const TEXT_EXPECTED = `a text of 1 to ${limits.searchText} characters: the beginning of a code, of a name, or of its pinyin`
  return {
    list: argumentsInput({
      asOf: dateInput.optional(),
      ...symbolsShape,
      fields: fieldsInput(stocks).optional(),
      limit: count(Number.MAX_SAFE_INTEGER).optional(),
    }),
    search: argumentsInput({
      text: z
        .string({ error: expecting(TEXT_EXPECTED) })
        .min(1, { error: expecting(TEXT_EXPECTED) })
        .max(limits.searchText, { error: expecting(TEXT_EXPECTED) }),
      asOf: dateInput.optional(),
      limit: count(limits.searchRows).optional(),
    }),
  }
}
