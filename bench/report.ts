import type { Bound } from './measures/sweep-bounds.ts'
import type { Throughput } from './measures/throughput.ts'
import type { SideName } from './sides/sides.ts'
import type { Described } from './workloads/workloads.ts'

export interface WorkloadResult {
  readonly workload: Described
  readonly sides: ReadonlyMap<SideName, Throughput>
}

/** A figure that is not a throughput, such as memory. */
export interface Figure {
  readonly id: string
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly atMost: number
}

export interface Report {
  readonly date: string
  readonly machine: string
  readonly versions: string
  readonly rounds: number
  readonly workloads: readonly WorkloadResult[]
  readonly bounds: readonly Bound[]
  readonly figures: readonly Figure[]
}

/** Below so many calls a second, the time of one call says more. */
const SLOW_CALLS_PER_SECOND = 10

export function rateText({ callsPerSecond, slowest, fastest }: Throughput): string {
  if (callsPerSecond >= SLOW_CALLS_PER_SECOND)
    return `${callsPerSecond.toFixed(0)}/s (${slowest.toFixed(0)} to ${fastest.toFixed(0)})`
  return `${(1 / callsPerSecond).toFixed(3)} s (${(1 / fastest).toFixed(3)} to ${(1 / slowest).toFixed(3)})`
}

/** The report as Markdown tables: throughput, ratios beside their targets, bounds of W6, CPU time, and figures of memory. */
export function markdownOf({ date, machine, versions, rounds, workloads, bounds, figures }: Report): string {
  return [
    `${date}, ${machine}, ${versions}. Median of ${rounds} rounds (slowest to fastest round).`,
    '',
    ...throughputTable(workloads),
    '',
    ...targetTable(workloads),
    '',
    ...(bounds.length > 0 ? [...boundTable(bounds), ''] : []),
    ...cpuTable(workloads),
    ...(figures.length > 0 ? ['', ...figureTable(figures)] : []),
    '',
  ].join('\n')
}

/** The report as JSON. */
export function jsonOf(report: Report): string {
  const workloads = report.workloads.map(({ workload: { id, what }, sides }) => ({
    id,
    what,
    sides: Object.fromEntries(sides),
  }))
  return `${JSON.stringify({ ...report, workloads }, undefined, 2)}\n`
}

/** Share of the throughput of the other sides, as a chart that Markdown viewers draw. */
export function chartOf(workloads: readonly WorkloadResult[]): string {
  const shown = workloads.flatMap(({ workload, sides }) => {
    const [ours, theirs] = [sides.get('stockdb'), sides.get('mysql2')]
    return ours && theirs ? [{ id: workload.id, ratio: ours.callsPerSecond / theirs.callsPerSecond }] : []
  })
  return [
    '```mermaid',
    'xychart-beta',
    '  title "Throughput of stockdb, as a multiple of mysql2 in the script"',
    `  x-axis [${shown.map(({ id }) => `"${id}"`).join(', ')}]`,
    '  y-axis "× mysql2"',
    `  bar [${shown.map(({ ratio }) => ratio.toFixed(2)).join(', ')}]`,
    '```',
  ].join('\n')
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const verdict = (reached: boolean): string => (reached ? 'reached' : '**missed**')

function throughputTable(workloads: readonly WorkloadResult[]): string[] {
  const names: readonly SideName[] = [
    'stockdb',
    'serverCache',
    'twoWorkers',
    'clientCache',
    'mysql2',
    'kysely',
    'drain',
    'replaced',
  ]
  return [
    row(['workload', ...names]),
    row(['---', ...names.map(() => '---:')]),
    ...workloads.map(({ workload, sides }) =>
      row([
        `${workload.id} ${workload.what}`,
        ...names.map((name) => {
          const side = sides.get(name)
          return side ? rateText(side) : ''
        }),
      ]),
    ),
  ]
}

function targetTable(workloads: readonly WorkloadResult[]): string[] {
  const rows = workloads.flatMap(({ workload, sides }) =>
    workload.targets.flatMap(({ of = 'stockdb', against, atLeast }) => {
      const [ours, theirs] = [sides.get(of), sides.get(against)]
      if (!ours || !theirs) return []
      const ratio = ours.callsPerSecond / theirs.callsPerSecond
      return [row([workload.id, of, against, ratio.toFixed(2), `≥ ${atLeast.toFixed(2)}`, verdict(ratio >= atLeast)])]
    }),
  )
  return [
    row(['workload', 'throughput of', '÷', 'ratio', 'target', '']),
    row(['---', '---', '---', '---:', '---:', '---']),
    ...rows,
  ]
}

function boundTable(bounds: readonly Bound[]): string[] {
  return [
    row(['W6: throughput of', '÷', 'measured', 'bound by hot calls', 'bound by cold calls alone']),
    row(['---', '---', '---:', '---:', '---:']),
    ...bounds.map(({ of, against, measured, hot, free }) =>
      row([of, against, ...[measured, hot, free].map((ratio) => ratio.toFixed(2))]),
    ),
  ]
}

function cpuTable(workloads: readonly WorkloadResult[]): string[] {
  const small = workloads.filter(({ workload }) => workload.id.startsWith('W1'))
  if (small.length === 0) return []
  return [
    row(['W11: CPU time of a call, µs', 'script', 'server', 'database']),
    row(['---', '---:', '---:', '---:']),
    ...small.flatMap(({ workload, sides }) =>
      [...sides].map(([name, { cpuUs }]) =>
        row([`${workload.id}, ${name}`, ...[cpuUs.client, cpuUs.server, cpuUs.database].map((us) => us.toFixed(0))]),
      ),
    ),
  ]
}

function figureTable(figures: readonly Figure[]): string[] {
  return [
    row(['', 'figure', 'target', '']),
    row(['---', '---:', '---:', '---']),
    ...figures.map(({ id, what, value, unit, atMost }) =>
      row([`${id} ${what}`, `${value.toFixed(1)} ${unit}`, `≤ ${atMost} ${unit}`, verdict(value <= atMost)]),
    ),
  ]
}
