import { setTimeout as sleep } from 'node:timers/promises'
import type { HeapSnapshot, MemoryReport } from '@stockdb/contract/wire'
import { Command, Option } from 'commander'
import { describeMemory } from './describe-memory.ts'
import { wholeNumber } from './options.ts'
import { askServer, type ServerAddress } from './remote.ts'

interface MemoryOptions extends ServerAddress {
  readonly watch?: number
  readonly profile?: number
  readonly snapshot?: string | true
  readonly json?: true
}

export function memoryCommand(): Command {
  return new Command('memory')
    .description(
      'Show where the memory of a running server goes: over time, by procedure, by caller and, with --profile, by line of its sources. Needs a token with the scope admin where tokens are defined.',
    )
    .addOption(new Option('--url <address>', 'the server').env('STOCKDB_URL').default('http://127.0.0.1:7788'))
    .addOption(new Option('--token <secret>', 'token with the scope admin').env('STOCKDB_TOKEN'))
    .addOption(
      new Option('--profile <seconds>', 'watch allocations for so long, 2 to 60, without a restart').argParser(
        wholeNumber(2, 60),
      ),
    )
    .addOption(
      new Option('--watch <seconds>', 'show it again and again, so many seconds apart, until Ctrl-C').argParser(
        wholeNumber(1, 3_600),
      ),
    )
    .addOption(
      new Option(
        '--snapshot [file]',
        "write a V8 heap snapshot into the server's data folder, under this name if given; the server stands still meanwhile",
      ).conflicts(['watch', 'profile']),
    )
    .addOption(new Option('--json', 'print the figures as JSON, one object a line'))
    .action(memory)
}

async function memory(options: MemoryOptions): Promise<void> {
  if (options.snapshot !== undefined) return snapshot(options, options.snapshot)
  const input = options.profile === undefined ? {} : { profileSeconds: options.profile }
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  do {
    const limit = AbortSignal.any([interrupted.signal, AbortSignal.timeout(((options.profile ?? 0) + 60) * 1000)])
    const report = await askServer<MemoryReport>(options, 'query', 'ops.memory', input, limit)
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : describeMemory(report))
    if (options.watch === undefined) return
    await sleep(options.watch * 1000, undefined, { signal: interrupted.signal }).catch(() => {})
  } while (!interrupted.signal.aborted)
}

/** V8 needs about a second for each 100 MB, and the disk its time. */
const SNAPSHOT_TIMEOUT_MS = 600_000

async function snapshot(options: MemoryOptions, name: string | true): Promise<void> {
  const input = name === true ? {} : { name: name.endsWith('.heapsnapshot') ? name : `${name}.heapsnapshot` }
  const limit = AbortSignal.timeout(SNAPSHOT_TIMEOUT_MS)
  const { file, bytes, ms } = await askServer<HeapSnapshot>(options, 'mutation', 'ops.snapshot', input, limit)
  const size = `${(bytes / 1e6).toFixed(1)} MB, ${(ms / 1000).toFixed(1)} s`
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ file, bytes, ms })}\n`
      : `${file}  (${size}, on the server's machine)\nOpen it in the Memory panel of Chrome's developer tools. It holds every string of the process, secrets included.\n`,
  )
}
