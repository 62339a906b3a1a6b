import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { CacheStats } from '@stockdb/contract/wire'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { PoolLoad } from '../engine/engine.ts'
import type { StatsRegistry } from './call-stats.ts'
import type { RunningCall } from './running-call.ts'

/** In seconds: from a point read to a bulk stream. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]

export interface MetricSources {
  readonly tallies: StatsRegistry
  readonly running: ReadonlySet<RunningCall>
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

  constructor({ tallies, running, pool, writePool, cache }: MetricSources) {
    const registers = [this.#registry]
    const gauge = (name: string, help: string, value: () => number): void => {
      new Gauge({
        name,
        help,
        registers,
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
      for (const [name, { outcomes }] of tallies.procedures) {
        for (const [outcome, count] of outcomes) add(count, name, outcome)
      }
    })
    counter('stockdb_refusals_total', 'Calls refused: the caller must change something, or wait.', undefined, (add) => {
      for (const [name, { refusals }] of tallies.procedures) add(refusals, name)
    })
    counter('stockdb_rows_total', 'Rows answered.', undefined, (add) => {
      for (const [name, { rows }] of tallies.procedures) add(rows, name)
    })
    counter('stockdb_answer_bytes_total', 'Bytes of answers.', undefined, (add) => {
      for (const [name, { bytes }] of tallies.procedures) add(bytes, name)
    })
    counter('stockdb_phase_seconds_total', 'Seconds of calls, by phase.', 'phase', (add) => {
      for (const [name, { queueMs, databaseMs, socketMs }] of tallies.procedures) {
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
    )
    gauge('stockdb_cache_bytes', 'Bytes of answers in memory.', () => cache().bytes)
    gauge('stockdb_cache_answers', 'Answers in memory.', () => cache().answers)
    new Counter({
      name: 'stockdb_cache_calls_total',
      help: 'Calls by where their answer came from: memory, a read of the database, or a read that another call began.',
      labelNames: ['from'],
      registers,
      collect() {
        const { hits, reads, shared } = cache()
        this.reset()
        for (const [from, count] of Object.entries({ memory: hits, database: reads, shared })) this.inc({ from }, count)
      },
    })
    gauge('stockdb_resident_bytes', 'Resident memory of the process.', () => process.memoryUsage.rss())
    gauge('stockdb_heap_used_bytes', 'Used part of the JavaScript heap.', () => process.memoryUsage().heapUsed)
    gauge('stockdb_heap_bytes', 'Size of the JavaScript heap.', () => process.memoryUsage().heapTotal)
    gauge(
      'stockdb_external_bytes',
      'Memory outside of the JavaScript heap that objects hold.',
      () => process.memoryUsage().external,
    )
    gauge('stockdb_array_buffer_bytes', 'Memory of array buffers.', () => process.memoryUsage().arrayBuffers)
    gauge('stockdb_uptime_seconds', 'Seconds since the process started.', () => process.uptime())
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

  /** Everything, in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics()
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
      collect() {
        this.set({ quantile: '0.5' }, delay.percentile(50) / 1e9)
        this.set({ quantile: '0.99' }, delay.percentile(99) / 1e9)
        this.set({ quantile: '1' }, delay.max / 1e9)
        delay.reset()
      },
    })
  }
}

type Add = (value: number, procedure: string, other?: string) => void
