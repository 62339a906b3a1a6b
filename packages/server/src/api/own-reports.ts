import type { Health, OpsConnections, OpsStats } from '@stockdb/contract/wire'
import { databaseState } from '../engine/database-state.ts'
import type { Engine } from '../engine/engine.ts'
import type { Answers } from '../telemetry/all-workers.ts'
import type { Services } from './context.ts'

/** What this worker says of itself, for all who are asked about the server. */
export function ownReports(services: () => Services): Answers {
  return {
    health: () => health(services()),
    stats: () => stats(services()),
    metrics: () => services().telemetry.metrics.report(),
    memory: async ({ seconds, signal }) => {
      const { telemetry, answers } = services()
      return { ...(await telemetry.memory.report(seconds, signal)), cache: answers.stats }
    },
    status: () => services().telemetry.status.part(),
  }
}

/** Whether it is ready, which means that its database answers. */
async function health({ engine, upSinceMs }: Services): Promise<Health> {
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
  const { callStats, running } = telemetry
  return {
    startedAt: new Date(startedAt).toISOString(),
    uptimeSeconds: (performance.now() - upSinceMs) / 1000,
    callsInFlight: running.size,
    oldestSnapshotMs: engine.load().oldestSnapshotMs,
    cache: answers.stats,
    connections: connectionsOf(engine),
    ...(writer.engine === engine ? {} : { writeConnections: connectionsOf(writer.engine) }),
    ...callStats.usage(),
  }
}
