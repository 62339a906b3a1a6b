import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { CacheStats } from '@stockdb/contract/wire'
import {
  AggregatorRegistry,
  Counter,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client'
import type { PoolLoad } from '../engine/engine.ts'
import type { StatsRegistry } from './call-stats.ts'
import type { Gathered } from './gathered.ts'
import type { RunningCalls } from './running-call.ts'

/** All metrics of one worker, before they are written as text. */
export type MetricsJson = readonly MetricObjectWithValues<MetricValue<string>>[]

/** In seconds: from a point read to a bulk stream. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]

export interface MetricSources {
  readonly callStats: StatsRegistry
  readonly running: RunningCalls
  readonly pool: () => PoolLoad
  readonly cache: () => CacheStats
  readonly writePool?: (() => PoolLoad) | undefined
}

/**
 * The metrics for Prometheus. Labels only come from the server's procedures and the error codes, so callers cannot add
 * series. Existing counters are copied only on request; a call costs one observation.
 */
export class Metrics {
  readonly #registry = new Registry()
  readonly #seconds: Histogram<'procedure'>
  readonly #children = new Map<string, { observe(value: number): void }>()
  readonly #loopDelay = monitorEventLoopDelay({ resolution: 20 })

  constructor({ callStats, running, pool, writePool, cache }: MetricSources) {
    const registers = [this.#registry]
    const gauge = (name: string, help: string, value: () => number, aggregator: 'sum' | 'max' = 'sum'): void => {
      new Gauge({
        name,
        help,
        registers,
        aggregator,
        collect() {
          this.set(value())
        },
      })
    }
    const counter = (name: string, help: string, label: string | undefined, fill: (add: Add) => void): void => {
      new Counter({
        name,
        help,
        registers,
        labelNames: label === undefined ? ['procedure'] : ['procedure', label],
        collect() {
          this.reset()
          fill((value, procedure, other) => {
            this.inc(label === undefined ? { procedure } : { procedure, [label]: other ?? '' }, value)
          })
        },
      })
    }
    this.#seconds = new Histogram({
      name: 'stockdb_call_seconds',
      help: 'Seconds from the arrival of a call to the end of its answer.',
      labelNames: ['procedure'],
      buckets: BUCKETS,
      registers,
    })
    counter('stockdb_calls_total', 'Calls that ended, by outcome: ok or the code of the error.', 'outcome', (add) => {
      for (const [name, { outcomes }] of callStats.procedures) {
        for (const [outcome, count] of outcomes) add(count, name, outcome)
      }
    })
    counter('stockdb_refusals_total', 'Calls refused: the caller must change something, or wait.', undefined, (add) => {
      for (const [name, { refusals }] of callStats.procedures) add(refusals, name)
    })
    counter('stockdb_rows_total', 'Rows answered.', undefined, (add) => {
      for (const [name, { rows }] of callStats.procedures) add(rows, name)
    })
    counter('stockdb_answer_bytes_total', 'Bytes of answers.', undefined, (add) => {
      for (const [name, { bytes }] of callStats.procedures) add(bytes, name)
    })
    counter('stockdb_phase_seconds_total', 'Seconds of calls, by phase.', 'phase', (add) => {
      for (const [name, { queueMs, databaseMs, socketMs }] of callStats.procedures) {
        add(queueMs / 1000, name, 'queue')
        add(databaseMs / 1000, name, 'database')
        add(socketMs / 1000, name, 'socket')
      }
    })
    gauge('stockdb_calls_in_flight', 'Calls that are being answered.', () => running.size)
    gauge('stockdb_answer_bytes_in_flight', 'Bytes of answers that callers have not taken yet.', () =>
      [...running].reduce((sum, call) => sum + call.bytesInFlight, 0),
    )
    gauge('stockdb_database_connections_open', 'Connections to the database.', () => pool().open)
    gauge('stockdb_database_connections_busy', 'Connections to the database that are in use.', () => pool().busy)
    gauge('stockdb_database_waiting', 'Calls that wait for a connection to the database.', () => pool().waiting)
    if (writePool) {
      gauge('stockdb_write_connections_open', 'Connections of --write-database.', () => writePool().open)
      gauge('stockdb_write_connections_busy', 'Connections of --write-database in use.', () => writePool().busy)
      gauge('stockdb_write_waiting', 'Writes that wait for a connection.', () => writePool().waiting)
    }
    gauge(
      'stockdb_oldest_snapshot_seconds',
      'Age of the oldest database snapshot that an answer is read from.',
      () => pool().oldestSnapshotMs / 1000,
      'max',
    )
    gauge('stockdb_cache_bytes', 'Bytes of answers and blocks in memory.', () => cache().bytes)
    gauge('stockdb_cache_answers', 'Answers in memory.', () => cache().answers)
    gauge('stockdb_cache_blocks', 'Blocks of columns in memory.', () => cache().blocks)
    new Counter({
      name: 'stockdb_cache_calls_total',
      help: 'Calls by where their answer came from: memory, blocks of columns, a read of the database, or a read that another call began.',
      labelNames: ['from'],
      registers,
      collect() {
        const { hits, reads, shared, fromBlocks } = cache()
        this.reset()
        const counts = { memory: hits, blocks: fromBlocks, database: reads - fromBlocks, shared }
        for (const [from, count] of Object.entries(counts)) this.inc({ from }, count)
      },
    })
    gauge('stockdb_resident_bytes', 'Resident memory of the process.', () => process.memoryUsage.rss(), 'max')
    gauge('stockdb_heap_used_bytes', 'Used part of the JavaScript heap.', () => process.memoryUsage().heapUsed)
    gauge('stockdb_heap_bytes', 'Size of the JavaScript heap.', () => process.memoryUsage().heapTotal)
    gauge(
      'stockdb_external_bytes',
      'Memory outside of the JavaScript heap that objects hold.',
      () => process.memoryUsage().external,
    )
    gauge('stockdb_array_buffer_bytes', 'Memory of array buffers.', () => process.memoryUsage().arrayBuffers)
    gauge('stockdb_uptime_seconds', 'Seconds since the process started.', () => process.uptime(), 'max')
    this.#observeLoopDelay(registers)
    this.#loopDelay.enable()
  }

  observe(procedure: string, ms: number): void {
    let child = this.#children.get(procedure)
    if (!child) {
      child = this.#seconds.labels(procedure)
      this.#children.set(procedure, child)
    }
    child.observe(ms / 1000)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  report(): Promise<MetricsJson> {
    return this.#registry.getMetricsAsJSON()
  }

  close(): void {
    this.#loopDelay.disable()
  }

  /** How late event loop timers were since the last request. */
  #observeLoopDelay(registers: Registry[]): void {
    const delay = this.#loopDelay
    new Gauge({
      name: 'stockdb_event_loop_delay_seconds',
      help: 'How late the event loop was since the last scrape.',
      labelNames: ['quantile'],
      registers,
      // Of the worst of several workers.
      aggregator: 'max',
      collect() {
        this.set({ quantile: '0.5' }, delay.percentile(50) / 1e9)
        this.set({ quantile: '0.99' }, delay.percentile(99) / 1e9)
        this.set({ quantile: '1' }, delay.max / 1e9)
        delay.reset()
      },
    })
  }
}

/**
 * The metrics of all workers in the text format of Prometheus: counts are added up, also those of workers that died, which would otherwise
 * seem to be reset.
 */
export function metricsText({ reports, ended, workers, replaced }: Gathered<MetricsJson>): Promise<string> {
  const counted = ended.map((metrics) => metrics.filter(({ type }) => COUNTED.includes(String(type))))
  const all = AggregatorRegistry.aggregate([...reports.map(({ report }) => report), ...counted].map((one) => [...one]))
  if (workers > 1) {
    const gauge = (name: string, help: string, value: number): void =>
      new Gauge({ name, help, registers: [all] }).set(value)
    gauge('stockdb_workers', 'Workers that answered this request.', reports.length)
    new Counter({
      name: 'stockdb_workers_replaced_total',
      help: 'Workers that died and were replaced.',
      registers: [all],
    }).inc(replaced)
  }
  return all.metrics()
}

/** Types of metrics that only grow. */
const COUNTED: readonly string[] = ['counter', 'histogram']

type Add = (value: number, procedure: string, other?: string) => void
