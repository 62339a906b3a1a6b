import type { z } from 'zod'
import type { Dataset } from '../dataset.ts'
import type { Arguments, Checked } from '../inputs/argument-kinds.ts'
import { calendarArguments } from '../inputs/calendar-inputs.ts'
import { changesArguments, watchArguments } from '../inputs/change-inputs.ts'
import { instrumentArguments } from '../inputs/instrument-inputs.ts'
import { opsArguments } from '../inputs/ops-inputs.ts'
import { inputWith } from './schema-of.ts'

type Inputs<Group> = { readonly [Name in keyof Group]: z.ZodType<Checked<Group[Name]>> }

/** The zod schemas of the procedures of a group, by name. */
const inputsOf = <Group extends Readonly<Record<string, Arguments>>>(group: Group): Inputs<Group> =>
  Object.fromEntries(Object.entries(group).map(([name, all]) => [name, inputWith(all)])) as Inputs<Group>

/** The zod schemas of the inputs of procedures outside a dataset, from the descriptions beside their types. */
export const calendarInputs = inputsOf(calendarArguments())
export const opsInputs = inputsOf(opsArguments())
export const changesInput = inputWith(changesArguments())
export const watchInputOf = (dataset: Dataset) => inputWith(watchArguments(dataset))
export const instrumentInputsOf = (stocks: Dataset) => inputsOf(instrumentArguments(stocks))
