import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Cleans up after a process group and its folder, also when this process is killed without warning. */
export interface Guard {
  /** Sets the process group to kill at the end; 0 for none. */
  watch(processGroup: number): void
  /** Kills the watched processes, removes the folder, and resolves when both are gone (an error after 5 s). */
  release(): Promise<void>
}

// The shell reads until its standard input ends: when `release` closes it, or when this process dies in any way, even
// by SIGKILL, which no exit handler could notice. `kill -s NAME --` is the only form that accepts a group in every
// shell: dash refuses `kill -KILL -- -PID`.
const script = `
group=0
while read -r line; do group=$line; done
alive() { kill -s 0 -- "-$group" 2>/dev/null; }
if [ "$group" -gt 0 ]; then
  kill -s KILL -- "-$group" 2>/dev/null
  tries=0
  while alive && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
fi
rm -rf -- "$1" && ! { [ "$group" -gt 0 ] && alive; }
`

const releaseTimeoutMs = 15_000

/**
 * Starts the guard of `folder`: a small shell in its own session, so that Ctrl-C in a terminal does not reach it.
 */
export function startGuard(folder: string): Guard {
  const shell = spawn('/bin/sh', ['-c', script, 'stockdb-test-guard', folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const exited = once(shell, 'exit')
  // A guard that could not start, or was killed, must not end the run with an unhandled event: `release` reports it.
  exited.catch(() => undefined)
  shell.stdin.on('error', () => undefined)
  shell.unref()
  return {
    watch: (processGroup) => {
      shell.stdin.write(`${processGroup}\n`)
    },
    release: async () => {
      shell.ref()
      shell.stdin.end()
      const late = AbortSignal.timeout(releaseTimeoutMs)
      const [code] = await Promise.race([
        exited,
        once(late, 'abort').then((): never => {
          throw new Error(`${folder} was not cleaned up within ${releaseTimeoutMs / 1000} s`)
        }),
      ])
      if (code !== 0) throw new Error(`${folder} was not cleaned up: its guard ended with ${String(code)}`)
    },
  }
}
