import type {
  AllocationSite,
  MemoryProfile,
  MemoryReport,
  MemorySample,
  MemoryUsage,
  WorkerMemory,
} from '@stockdb/contract/wire'

/** How many samples of the history are shown. */
const MOMENTS = 12
/** How many procedures and callers are shown. */
const USAGES = 20

/** A memory report as text for people. */
export function describeMemory({
  now,
  heapLimit,
  history,
  growth,
  procedures,
  callers,
  cache,
  profile,
  workers,
}: MemoryReport): string {
  const { minutes, rss, heapUsed, external, arrayBuffers } = growth
  return [
    `Memory at ${now.at}; the JavaScript heap may grow to ${mb(heapLimit)}`,
    ...table(
      ['', 'resident', 'heap used', 'heap', 'external', 'buffers', 'calls', 'in flight'],
      [
        ...thinned(history).map(moment),
        ['now', ...moment(now).slice(1)],
        [
          `last ${minutes.toFixed(1)} min`,
          signed(rss),
          signed(heapUsed),
          '',
          signed(external),
          signed(arrayBuffers),
          '',
          '',
        ],
      ],
    ),
    ...(workers ? ['', ...byWorker(workers)] : []),
    '',
    `Answers kept: ${cache.answers}, ${mb(cache.bytes)} of at most ${mb(cache.maxBytes)}, part of the buffers (--cache-memory)`,
    '',
    ...usages('By procedure', procedures),
    '',
    ...usages('By caller', callers),
    ...(profile ? ['', ...describeProfile(profile)] : []),
    '',
  ].join('\n')
}

function byWorker(workers: readonly WorkerMemory[]): string[] {
  return table(
    ['', 'heap used', 'heap', 'of at most', 'external', 'buffers', 'calls', 'in flight'],
    workers.map(({ worker, now, heapLimit }) => [
      `worker ${worker}`,
      ...[now.heapUsed, now.heapTotal, heapLimit, now.external, now.arrayBuffers].map(mb),
      ...[String(now.callsInFlight), mb(now.bytesInFlight)],
    ]),
  )
}

function describeProfile({ seconds, retained, allocated, procedures, callers }: MemoryProfile): string[] {
  const byProcedure = Object.entries(procedures)
    .sort(([, a], [, b]) => b.retainedBytes - a.retainedBytes || b.allocatedBytes - a.allocatedBytes)
    .slice(0, USAGES)
  return [
    `In the ${seconds.toFixed(1)} s of the profile`,
    ...table(
      ['procedure', 'still held', 'allocated', 'processor'],
      byProcedure.map(([name, { retainedBytes, allocatedBytes, cpuMs }]) => [
        name,
        mb(retainedBytes),
        mb(allocatedBytes),
        `${cpuMs} ms`,
      ]),
    ),
    '',
    ...table(
      ['caller', 'allocated'],
      Object.entries(callers)
        .sort(([, a], [, b]) => b.allocatedBytes - a.allocatedBytes)
        .slice(0, USAGES)
        .map(([name, { allocatedBytes }]) => [name, mb(allocatedBytes)]),
    ),
    '',
    'Still held at the end, by place (objects of the JavaScript heap)',
    ...sites(retained),
    '',
    'Allocated (including what was freed since), by place',
    ...sites(allocated),
  ]
}

function sites(all: readonly AllocationSite[]): string[] {
  return table(
    ['', 'place', 'function', 'for'],
    all.map(({ bytes, file, line, busiestLine, function: name, procedures, worker }) => [
      mb(bytes),
      `${file}:${line}${busiestLine === null || busiestLine === line ? '' : ` (most at ${busiestLine})`}`,
      name,
      [
        ...(worker === undefined ? [] : [`worker ${worker}`]),
        ...procedures.slice(0, 3).map(({ procedure, share }) => `${procedure} ${Math.round(share * 100)}%`),
      ].join(', '),
    ]),
  )
}

function usages(title: string, all: Readonly<Record<string, MemoryUsage>>): string[] {
  const most = Object.entries(all)
    .sort(([, a], [, b]) => (b.allocatedBytes ?? 0) - (a.allocatedBytes ?? 0) || b.bytes - a.bytes)
    .slice(0, USAGES)
  const minutes = Math.max(0, ...most.map(([, { growth }]) => growth.minutes)).toFixed(1)
  return table(
    [
      title,
      'calls',
      'rows',
      'answered',
      'in flight',
      'allocated',
      `last ${minutes} min: calls`,
      'rows',
      'answered',
      'allocated',
    ],
    most.map(([name, { calls, rows, bytes, bytesInFlight, allocatedBytes, growth }]) => [
      name,
      String(calls),
      String(rows),
      mb(bytes),
      mb(bytesInFlight),
      allocatedBytes === null ? '?' : mb(allocatedBytes),
      String(growth.calls),
      String(growth.rows),
      mb(growth.bytes),
      growth.allocatedBytes === null ? '?' : mb(growth.allocatedBytes),
    ]),
  )
}

function moment({ at, rss, heapUsed, heapTotal, external, arrayBuffers, callsInFlight, bytesInFlight }: MemorySample) {
  return [
    at.slice(11, 19),
    mb(rss),
    mb(heapUsed),
    mb(heapTotal),
    mb(external),
    mb(arrayBuffers),
    String(callsInFlight),
    mb(bytesInFlight),
  ]
}

/** Evenly spread samples of the history, including the first. */
function thinned(history: readonly MemorySample[]): MemorySample[] {
  const step = Math.max(1, Math.ceil(history.length / MOMENTS))
  return history.filter((_, index) => index % step === 0)
}

/** Lines of a table: the first column and text columns are left-aligned, numbers right-aligned. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const isText = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => !/^[+-]?[\d.?]/.test(row[column] ?? '')),
  )
  return all.map((row) =>
    row
      .map((cell, column) =>
        isText[column] || column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

function signed(bytes: number): string {
  return `${bytes < 0 ? '' : '+'}${mb(bytes)}`
}
