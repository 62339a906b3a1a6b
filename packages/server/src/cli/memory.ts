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
      'Show what uses the memory of a running server: over time, by procedure, by caller and, with --profile, by source line. If tokens are defined, needs one with the scope admin.',
    )
    .addOption(new Option('--url <address>', 'the server').env('STOCKDB_URL').default('http://127.0.0.1:7788'))
    .addOption(new Option('--token <secret>', 'token with the scope admin').env('STOCKDB_TOKEN'))
    .addOption(
      new Option('--profile <seconds>', 'sample allocations for 2 to 60 seconds, without a restart').argParser(
        wholeNumber(2, 60),
      ),
    )
    .addOption(
      new Option('--watch <seconds>', 'repeat the report every so many seconds, until Ctrl-C').argParser(
        wholeNumber(1, 3_600),
      ),
    )
    .addOption(
      new Option(
        '--snapshot [file]',
        "write a V8 heap snapshot into the server's data folder, optionally under this name; the server is blocked meanwhile",
      ).conflicts(['watch', 'profile']),
    )
    .addOption(new Option('--json', 'print the figures as JSON, one object per line'))
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

/** V8 needs about a second per 100 MB, and writing to disk takes extra time. */
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
