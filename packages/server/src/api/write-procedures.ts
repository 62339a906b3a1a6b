import type { Dataset } from '@stockdb/contract'
import { IDEMPOTENCY_FORM, show, upsertOptions, writeInputsOf } from '@stockdb/contract/internal'
import type { DeleteInput, DeleteResult, UpsertInput, UpsertResult } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import { z } from 'zod'
import { ArrowSource } from '../write/arrow-source.ts'
import type { WriteKey } from '../write/idempotency.ts'
import { JsonSource } from '../write/json-source.ts'
import type { RowSource } from '../write/row-source.ts'
import { boundedSymbols } from './bounded-symbols.ts'
import type { CallContext, Live, Services } from './context.ts'
import { namingDropped } from './dropped-factors.ts'
import { argumentsOf, writeProcedure } from './trpc.ts'

/** Rows that come as an Arrow stream: the HTTP layer hands its body over unread, with what else the call says. */
export class ArrowBody {
  readonly bytes: AsyncIterable<Uint8Array>
  readonly options: unknown

  constructor(bytes: AsyncIterable<Uint8Array>, options: unknown) {
    this.bytes = bytes
    this.options = options
  }
}

/** The procedures by which a dataset is written. */
export function writeProcedures(live: Live, dataset: Dataset) {
  const inputs = writeInputsOf(dataset)
  const json = argumentsOf(inputs.upsert)
  return {
    upsert: writeProcedure(dataset.name, 'write', { takesArrow: true })
      // A body is not looked at by a schema: its rows are checked as they come.
      .input(z.unknown().transform((input) => (input instanceof ArrowBody ? input : json.parse(input))))
      .mutation(async ({ ctx, input }): Promise<UpsertResult> => {
        const { services } = live
        const { source, mode = 'upsert' } = sourceOf(services, dataset, input)
        const hold = (bytes: number): void => ctx.hold(bytes)
        const order = { dataset, source, mode, key: keyOf(ctx), by: ctx.caller.name, signal: ctx.signal, hold }
        const result = await namingDropped(services.factors, [dataset], () => services.writer.upsert(order))
        const { inserted, changed, unchanged } = result
        ctx.counts.written = { inserted, changed, unchanged }
        return result
      }),
    delete: writeProcedure(dataset.name, 'admin')
      .input(argumentsOf(inputs.delete))
      .mutation(async ({ ctx, input }): Promise<DeleteResult> => {
        const { writer, bounds, factors } = live.services
        const bounded = boundedSymbols(bounds, input as DeleteInput)
        const order = { dataset, input: bounded, key: keyOf(ctx), by: ctx.caller.name, signal: ctx.signal }
        const result = await namingDropped(factors, [dataset], () => writer.delete(order))
        ctx.counts.written = { deleted: bounded.dryRun ? 0 : result.deleted }
        return result
      }),
  }
}

function sourceOf(
  { bounds }: Services,
  dataset: Dataset,
  input: ArrowBody | UpsertInput,
): { readonly source: RowSource; readonly mode: UpsertInput['mode'] } {
  if (!(input instanceof ArrowBody)) return { source: new JsonSource(input), mode: input.mode }
  const { mode } = upsertOptions.parse(input.options ?? {})
  const limits = { maxBytes: bounds.maxWriteBytes, maxMessageBytes: 4 * bounds.writeBufferBytes }
  return { source: new ArrowSource(dataset, input.bytes, limits), mode }
}

/** The key of a write, if its caller sent one; in quotes or without, as the header is written either way. */
export function keyOf({
  idempotencyKey,
  caller,
}: Pick<CallContext, 'idempotencyKey' | 'caller'>): WriteKey | undefined {
  if (idempotencyKey === undefined) return undefined
  const key = /^"(.*)"$/.exec(idempotencyKey)?.[1] ?? idempotencyKey
  if (!IDEMPOTENCY_FORM.test(key))
    throw new StockdbError(
      'INVALID_INPUT',
      `Idempotency-Key: got ${show(idempotencyKey)}; expected 1 to 128 visible ASCII characters`,
    )
  return { token: caller.name, key }
}
