import { InProgress } from '../bounds/in-progress.ts'
import type { PoolLoad } from '../engine/engine.ts'
import type { CallRecorder } from './call-recorder.ts'
import { StatsRegistry } from './call-stats.ts'
import type { Log } from './log.ts'
import { MemoryWatch } from './memory/memory-watch.ts'
import { type MetricSources, Metrics } from './metrics.ts'
import { RefusalLog } from './refusal-log.ts'
import type { RunningCall } from './running-call.ts'
import type { SlowLog } from './slow-log.ts'
import { StatusFeed, type StatusSources } from './status-feed.ts'
import type { Traces } from './traces.ts'

export interface TelemetryOptions {
  readonly log: Log
  readonly slowLog: SlowLog
  readonly pool: () => PoolLoad
  readonly cache: MetricSources['cache']
  /** The connections of an account for writes alone, if there is one. */
  readonly writePool?: (() => PoolLoad) | undefined
  readonly databaseState: StatusSources['databaseState']
  /** The status of all workers, if there are several. */
  readonly everywhere?: StatusSources['everywhere']
  /** Where running calls are recorded, if they may be lost with their worker. */
  readonly records?: CallRecorder | undefined
  /** Off by default; the environment turns them on. */
  readonly traces?: Traces | undefined
}

/** Everything that the server knows about itself: running calls, outcomes of finished ones, and its metrics. */
export class Telemetry {
  readonly log: Log
  readonly running = new InProgress<RunningCall>()
  readonly callStats = new StatsRegistry()
  readonly metrics: Metrics
  readonly memory: MemoryWatch
  readonly status: StatusFeed
  readonly #slowLog: SlowLog
  readonly #refusals: RefusalLog
  readonly #traces: Traces | undefined
  readonly #records: CallRecorder | undefined

  constructor({ log, slowLog, pool, writePool, cache, databaseState, everywhere, records, traces }: TelemetryOptions) {
    this.log = log
    this.#slowLog = slowLog
    this.#traces = traces
    this.#records = records
    this.#refusals = new RefusalLog(log)
    this.metrics = new Metrics({ callStats: this.callStats, running: this.running, pool, writePool, cache })
    this.memory = new MemoryWatch(this.callStats, this.running)
    this.status = new StatusFeed({
      callStats: this.callStats,
      sample: () => this.memory.sample(),
      waiting: () => pool().waiting + (writePool?.().waiting ?? 0),
      databaseState,
      everywhere,
    })
  }

  begin(call: RunningCall): void {
    this.running.add(call)
    this.#records?.begin(call)
  }

  /** Forgets a call that was not carried out as one; others stand for it. */
  withdraw(call: RunningCall): void {
    this.running.delete(call)
    this.#records?.end(call)
  }

  /** Logs the call and counts it. */
  end(call: RunningCall, outcome: string): void {
    this.running.delete(call)
    this.#records?.end(call)
    const endedAt = performance.now()
    const ms = endedAt - call.startedAt
    this.callStats.add(call, ms, outcome)
    this.log.info(callLine(call, ms, outcome), 'call')
    // A subscription lasts as long as its caller wants.
    if (!call.subscription) {
      this.metrics.observe(call.procedure, ms)
      this.#slowLog.note(call, ms)
    }
    this.#traces?.add(call, endedAt, outcome)
  }

  /** Counts and logs a call that was refused; it never started. */
  addRefused(requestId: string, caller: string, outcome: string): void {
    this.callStats.addRefused(caller, outcome)
    this.#refusals.add(requestId, outcome)
  }

  async close(): Promise<void> {
    this.#refusals.flush()
    this.metrics.close()
    this.memory.close()
    this.status.stop()
    await this.#traces?.close()
  }
}

/** How many characters of a path are logged: longer ones are no procedure's. */
const MAX_PATH = 200

function callLine(
  { requestId, caller, path, subscription, counts, bytes, times }: RunningCall,
  ms: number,
  outcome: string,
) {
  const { queueMs, databaseMs, socketMs } = times
  return {
    requestId,
    caller: caller.name,
    path: path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path,
    rows: counts.rows,
    ...counts.written,
    bytes,
    ms: tenths(ms),
    queueMs: tenths(queueMs),
    databaseMs: tenths(databaseMs),
    encodeMs: subscription ? 0 : tenths(Math.max(0, ms - queueMs - databaseMs - socketMs)),
    socketMs: tenths(socketMs),
    outcome,
  }
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10
}
