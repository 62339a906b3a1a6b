import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** Process ids of a server's SQLite subprocesses. */
export function statementProcesses(server: number = process.pid): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((found) => Number(found?.[2]) === server && /sqlite\/subprocess\/child\.[jt]s /.test(found?.[3] ?? ''))
    .map((found) => Number(found?.[1]))
}

/** Milliseconds until no such process is left; gives up after `timeoutMs`. */
export async function msUntilEnded(id: number, timeoutMs: number): Promise<number> {
  const startedAt = performance.now()
  while (isThere(id)) {
    if (performance.now() - startedAt > timeoutMs) return Number.POSITIVE_INFINITY
    await sleep(5)
  }
  return performance.now() - startedAt
}

function isThere(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch {
    return false
  }
}
