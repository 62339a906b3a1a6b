import { factorInputs } from '@stockdb/contract/internal'
import type { FactorDefined, FactorDropped, FactorInfo } from '@stockdb/contract/wire'
import { defineFactorIn } from '../write/factors/define-factor.ts'
import { dropFactorFrom } from '../write/factors/drop-factor.ts'
import type { Live } from './context.ts'
import { argumentsOf, procedure, refuseBatch, router } from './trpc.ts'
import { keyOf } from './write-procedures.ts'

/** Factors that users define. To define one takes the scope `write`; to drop one, with its rows, `admin`. */
export function factorsRouter(live: Live) {
  return router({
    define: procedure('write')
      .input(argumentsOf(factorInputs.define))
      .mutation(async ({ ctx, input: dataset }): Promise<FactorDefined> => {
        refuseBatch(ctx)
        ctx.caller.requireDataset(dataset.name, 'write')
        const { writer, factors, base, bounds, factorPlace } = live.services
        const order = { dataset, catalogue: base, place: factorPlace, maxFactors: bounds.maxFactors }
        const change = { key: keyOf(ctx), by: ctx.caller.name }
        const defined = await writer.limited(ctx.signal, (signal) =>
          defineFactorIn(writer.engine, { ...order, ...change, signal }),
        )
        await factors.look()
        return defined
      }),
    list: procedure('read').query(async ({ ctx }): Promise<FactorInfo[]> => {
      const { factors } = live.services
      await factors.look()
      return factors.list().filter(({ name }) => ctx.caller.mayRead(name) || ctx.caller.mayWrite(name))
    }),
    drop: procedure('admin')
      .input(argumentsOf(factorInputs.drop))
      .mutation(async ({ ctx, input: { name } }): Promise<FactorDropped> => {
        refuseBatch(ctx)
        ctx.caller.requireDataset(name, 'write')
        const { writer, factors } = live.services
        const change = { name, key: keyOf(ctx), by: ctx.caller.name }
        const dropped = await writer.limited(ctx.signal, (signal) =>
          dropFactorFrom(writer.engine, { ...change, signal }),
        )
        ctx.counts.written = { deleted: dropped.deleted }
        await factors.look()
        return dropped
      }),
  })
}
