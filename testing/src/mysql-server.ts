import { askServer } from './ask-server.ts'
import { startHostileServer } from './hostile-server.ts'
import { startPrivateServer } from './private-server.ts'
import { findOrInstallServer } from './server-program.ts'

/** The real database servers of one test run. */
export interface TestServers {
  /** `mysql://user:password@host:port`, at least one. */
  urls: string[]
  /** For display, in the same order, without passwords: `MariaDB 10.11.14 (private)`. */
  names: string[]
  /** Stops the private ones only. */
  stop(): Promise<void>
}

export interface TestServerOptions {
  /** Value of `STOCKDB_TEST_MYSQL`. */
  setting: string | undefined
  answerTimeoutMs?: number
}

const variable = 'STOCKDB_TEST_MYSQL'

/**
 * The servers that the tests run on: those named by `STOCKDB_TEST_MYSQL`, a comma-separated list of
 * `mysql://user:password@host:port` addresses and the words `private`, a server started (and installed if necessary)
 * for this run, and `hostile`, the same with the worst settings. The default is `private`. Throws one sentence if a
 * server is unavailable.
 */
export async function openTestServers(options: TestServerOptions): Promise<TestServers> {
  const entries = (options.setting ?? '').split(',').map((entry) => entry.trim())
  const named = entries.filter((entry) => entry !== '')
  const wanted = named.length > 0 ? named : ['private']
  const started: { stop(): Promise<void> }[] = []
  const servers: TestServers = { urls: [], names: [], stop: async () => void (await Promise.all(started.map(stop))) }
  try {
    for (const entry of wanted) {
      if (entry === 'private' || entry === 'hostile') {
        const server = await (entry === 'private' ? startPrivateServer() : startHostileServer())
        started.push(server)
        servers.urls.push(server.url)
        servers.names.push(`${(await askServer(server.url, 10_000)).name} (${entry})`)
      } else {
        const { url, name } = await checkAddress(entry, options.answerTimeoutMs ?? 10_000)
        servers.urls.push(url)
        servers.names.push(name)
      }
    }
    // Tests that kill or restart their database start their own, within a test's timeout, so the server is installed
    // here. If that fails, only those tests fail, with a message.
    if (started.length === 0) await findOrInstallServer().catch((error: Error) => console.warn(error.message))
    return servers
  } catch (cause) {
    await servers.stop()
    throw cause
  }
}

function stop(server: { stop(): Promise<void> }): Promise<void> {
  return server.stop()
}

async function checkAddress(entry: string, timeoutMs: number): Promise<{ url: string; name: string }> {
  const address = URL.canParse(entry) ? new URL(entry) : undefined
  if (address?.protocol !== 'mysql:' || address.hostname === '') {
    // The entry itself is not repeated: it may hold a password.
    throw new Error(
      `${variable} takes comma-separated addresses like mysql://root:password@127.0.0.1:3306, or the words private and hostile; one of its entries is none of these.`,
    )
  }
  const host = `${address.hostname}:${address.port || '3306'}`
  const credentials = `${address.username}${address.password === '' ? '' : `:${address.password}`}`
  const url = `mysql://${credentials}@${host}`
  try {
    const { name } = await askServer(url, timeoutMs)
    return { url, name: `${name} (${host})` }
  } catch (cause) {
    throw new Error(
      `${variable} names ${host}, which does not answer (${reason(cause)}): start that server, correct the address, or unset the variable.`,
      {
        cause,
      },
    )
  }
}

function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  return cause.message === '' ? code : cause.message
}

/** Short names for test titles: product and version, and the rest where two servers have the same. */
export function titlesOf(names: readonly string[]): string[] {
  const short = names.map((name) => /^\S+ \d+\.\d+/.exec(name)?.[0] ?? name)
  return short.map((title, at) => (short.filter((other) => other === title).length > 1 ? (names[at] ?? title) : title))
}
