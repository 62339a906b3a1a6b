import { opsInputs } from '@stockdb/contract/internal'
import type { Health, MemoryReport, OpsStats } from '@stockdb/contract/wire'
import { writeSnapshot } from '../telemetry/memory/snapshot.ts'
import { mergeHealth, mergeMemory, mergeStats } from '../telemetry/merge-reports.ts'
import type { Live } from './context.ts'
import { sendAll } from './event-sink.ts'
import { argumentsOf, procedure, router, subscriptionProcedure } from './trpc.ts'

/** Procedures for operators and monitors. */
export function opsRouter(live: Live) {
  return router({
    health: procedure('open', { exempt: true }).query(
      async ({ ctx }): Promise<Health> => mergeHealth(await live.services.workers.ask('health', ctx)),
    ),
    stats: procedure('admin', { exempt: true }).query(
      async ({ ctx }): Promise<OpsStats> => mergeStats(await live.services.workers.ask('stats', ctx)),
    ),
    memory: procedure('admin', { exempt: true })
      .input(argumentsOf(opsInputs.memory))
      .query(
        async ({ ctx: { signal }, input }): Promise<MemoryReport> =>
          mergeMemory(await live.services.workers.ask('memory', { seconds: input.profileSeconds, signal })),
      ),
    snapshot: procedure('admin', { exempt: true })
      .input(argumentsOf(opsInputs.snapshot))
      .mutation(({ ctx, input }) => writeSnapshot(live.services.snapshotFolder, input.name, ctx.signal)),
    watch: subscriptionProcedure({ scope: 'admin', exempt: true }, opsInputs.watch, async ({ signal }, input, sink) => {
      const { status } = live.services.telemetry
      await sendAll(status.subscribe(input?.lastEventId, signal), ({ at }) => at, sink, signal)
    }),
  })
}
