import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, realpath } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { askServer } from './ask-server.ts'
import { type Guard, startGuard } from './guard.ts'
import { lastLines, runProgram } from './run-program.ts'
import { findOrInstallServer, type ServerProgram } from './server-program.ts'

type Program = ServerProgram & { readonly extraOptions: readonly string[] }

/** A private database server that a test may kill and restart. */
export interface PrivateServer {
  /** `mysql://root@127.0.0.1:PORT`, without password; unchanged by restarts. */
  readonly url: string
  /** Process id of the running server; changes with each restart. */
  readonly pid: number
  /** Data, log and socket of the server. Removed by `stop`. */
  readonly folder: string
  /** Sends the signal immediately. Resolves when the server has ended; for SIGSTOP and SIGCONT, immediately. */
  kill(signal: NodeJS.Signals): Promise<void>
  /** Stops the server gracefully if it runs, and starts it on the same port and data. Resolves when it answers. */
  restart(): Promise<void>
  /** Ends the server and removes its folder. Idempotent. */
  stop(): Promise<void>
}

const initialiseTimeoutMs = 120_000
/** Recovery after a kill takes a while on a busy machine. */
const startTimeoutMs = 180_000
const shutdownTimeoutMs = 30_000
const portAttempts = 3

/**
 * Starts a MariaDB or MySQL server on a free loopback port, with a temporary data folder. It leaves nothing behind:
 * `stop` ends it, or a guard if this process exits without calling it, even by SIGKILL. Takes about 2 s. `extraOptions`
 * are options of the server, such as `--init-connect=…`. Throws one sentence if no server is installed and none can be.
 */
export async function startPrivateServer(extraOptions: readonly string[] = []): Promise<PrivateServer> {
  const program = { ...(await findOrInstallServer()), extraOptions }
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'stockdb-mysql-'))
  const guard = startGuard(folder)
  try {
    await initialise(program, folder, guard)
    return await startOnFreePort(program, folder, guard)
  } catch (cause) {
    await guard.release()
    throw cause
  }
}

async function initialise(program: Program, folder: string, guard: Guard): Promise<void> {
  await mkdir(join(folder, 'tmp'))
  const where = [`--datadir=${join(folder, 'data')}`, `--tmpdir=${join(folder, 'tmp')}`, ...asRoot()]
  const options = { timeoutMs: initialiseTimeoutMs, onGroup: guard.watch }
  if (program.kind === 'mariadb') {
    const login = '--auth-root-authentication-method=normal'
    // `--force`: do not fail in a container whose host name cannot be resolved.
    const args = ['--no-defaults', login, '--skip-test-db', '--force', ...where]
    await runProgram(program.installDb, args, options)
  } else {
    await runProgram(program.server, ['--no-defaults', '--initialize-insecure', ...where], options)
  }
}

async function startOnFreePort(program: Program, folder: string, guard: Guard): Promise<PrivateServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      const child = await launch(program, folder, port, guard)
      return controls(program, folder, port, guard, child)
    } catch (cause) {
      // Another process may take the free port before the server does.
      if (attempt === portAttempts) throw cause
    }
  }
}

function controls(program: Program, folder: string, port: number, guard: Guard, first: ChildProcess): PrivateServer {
  let child = first
  let stopped: Promise<void> | undefined
  const url = `mysql://root@127.0.0.1:${port}`
  return {
    url,
    folder,
    get pid() {
      if (child.pid === undefined) throw new Error('the private database server does not run')
      return child.pid
    },
    kill: async (signal) => {
      child.kill(signal)
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await ended(child, shutdownTimeoutMs)
    },
    restart: async () => {
      if (stopped) throw new Error('the private database server was stopped and its data removed')
      child.kill('SIGTERM')
      await ended(child, shutdownTimeoutMs)
      child = await launch(program, folder, port, guard)
    },
    stop: () => {
      stopped ??= guard.release()
      return stopped
    },
  }
}

/** Starts the server and resolves when it answers on its port. */
async function launch(program: Program, folder: string, port: number, guard: Guard): Promise<ChildProcess> {
  const logPath = join(folder, 'server.log')
  const log = openSync(logPath, 'a')
  // In its own session: Ctrl-C in the terminal ends the test run, which then stops the server itself.
  const child = spawn(program.server, [...serverOptions(folder, port), ...program.extraOptions], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.on('error', () => undefined)
  child.on('exit', () => guard.watch(0))
  guard.watch(child.pid ?? 0)
  // A server that a test did not stop must not keep the test process alive; the guard ends it.
  child.unref()
  const url = `mysql://root@127.0.0.1:${port}`
  const deadline = performance.now() + startTimeoutMs
  while (performance.now() < deadline && !hasEnded(child)) {
    const answer = await askServer(url, 2_000).catch(() => undefined)
    // Another server may listen on this port: accept only the one that owns our folder.
    if (answer?.dataFolder.startsWith(folder)) return child
    await sleep(50)
  }
  child.kill('SIGKILL')
  const text = await readFile(logPath, 'utf8').catch(() => '')
  throw new Error(`${program.server} did not start on port ${port}: ${lastLines(text)}`)
}

function serverOptions(folder: string, port: number): string[] {
  return [
    '--no-defaults',
    `--datadir=${join(folder, 'data')}`,
    `--tmpdir=${join(folder, 'tmp')}`,
    `--socket=${join(folder, 'sock')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-log-bin',
    // The packaged default is a folder that only the service creates, and MySQL does not start without it.
    `--secure-file-priv=${join(folder, 'tmp')}`,
    '--innodb-buffer-pool-size=256M',
    '--innodb-flush-log-at-trx-commit=2',
    // MySQL's second protocol would take a port and a socket in a shared folder; MariaDB does not know the option.
    '--loose-mysqlx=OFF',
    ...asRoot(),
  ]
}

function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : []
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

async function ended(child: ChildProcess, timeoutMs: number): Promise<void> {
  if (hasEnded(child)) return
  child.ref()
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  await once(child, 'exit')
  clearTimeout(timer)
}

async function freePort(): Promise<number> {
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free loopback port was given')
  return address.port
}
