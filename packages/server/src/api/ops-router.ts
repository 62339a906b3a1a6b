import { opsInputs } from '@stockdb/contract/internal'
import type { Health, MemoryReport, OpsConnections, OpsStats } from '@stockdb/contract/wire'
import { databaseState } from '../engine/database-state.ts'
import type { Engine } from '../engine/engine.ts'
import { writeSnapshot } from '../telemetry/memory/snapshot.ts'
import type { Live, Services } from './context.ts'
import { sendAll } from './event-sink.ts'
import { procedure, router, subscriptionProcedure } from './trpc.ts'

/** Procedures for operators and monitors. */
export function opsRouter(live: Live) {
  return router({
    health: procedure('open', { exempt: true }).query(() => health(live.services)),
    stats: procedure('admin', { exempt: true }).query(() => stats(live.services)),
    memory: procedure('admin', { exempt: true })
      .input(opsInputs.memory)
      .query(
        async ({ ctx, input }): Promise<MemoryReport> => ({
          ...(await live.services.telemetry.memory.report(input?.profileSeconds, ctx.signal)),
          cache: live.services.answers.stats,
        }),
      ),
    snapshot: procedure('admin', { exempt: true })
      .input(opsInputs.snapshot)
      .mutation(({ ctx, input }) => writeSnapshot(live.services.snapshotFolder, input?.name, ctx.signal)),
    watch: subscriptionProcedure({ scope: 'admin', exempt: true }, opsInputs.watch, async ({ signal }, input, sink) => {
      const { status } = live.services.telemetry
      await sendAll(status.subscribe(input?.lastEventId, signal), ({ at }) => at, sink, signal)
    }),
  })
}

/** Whether the server is ready, which means that its database answers. */
export async function health({ engine, upSinceMs }: Services): Promise<Health> {
  const database = await databaseState(engine)
  return {
    status: database === 'ok' ? 'ok' : 'degraded',
    database,
    uptimeSeconds: (performance.now() - upSinceMs) / 1000,
  }
}

function connectionsOf(engine: Engine): OpsConnections {
  const { open, busy, waiting } = engine.load()
  return { open, busy, waiting }
}

function stats({ engine, writer, answers, telemetry, startedAt, upSinceMs }: Services): OpsStats {
  const { tallies, running } = telemetry
  return {
    startedAt: new Date(startedAt).toISOString(),
    uptimeSeconds: (performance.now() - upSinceMs) / 1000,
    callsInFlight: running.size,
    oldestSnapshotMs: engine.load().oldestSnapshotMs,
    cache: answers.stats,
    connections: connectionsOf(engine),
    ...(writer.engine === engine ? {} : { writeConnections: connectionsOf(writer.engine) }),
    ...tallies.usage(),
  }
}
