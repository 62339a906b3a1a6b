import { constants } from 'node:fs'
import { access, realpath } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { runProgram } from './run-program.ts'

/** A database server installed on this machine. */
export type ServerProgram =
  | { kind: 'mariadb'; server: string; installDb: string }
  | { kind: 'mysql'; server: string; installDb: undefined }

const updateTimeoutMs = 180_000
const installTimeoutMs = 600_000

const whatToDo =
  'install mariadb-server (or mysql-server), or set STOCKDB_TEST_MYSQL to the address of a running one, for example mysql://root@127.0.0.1:3306'

/**
 * Finds `mariadbd` or `mysqld` on this machine; installs mariadb-server as root with apt-get if there is none, and says
 * so in one line. Otherwise throws one sentence that says what to install or set. `STOCKDB_TEST_MYSQLD` names another server.
 */
export async function findOrInstallServer(): Promise<ServerProgram> {
  const found = await findServer()
  if (found) return found
  const aptGet = await findProgram('apt-get', searchPath())
  if (process.getuid?.() !== 0 || !aptGet) {
    throw new Error(`The tests need a MySQL or MariaDB server and this machine has none: ${whatToDo}.`)
  }
  console.log('The tests need a database server and this machine has none: installing mariadb-server with apt-get.')
  await installWithApt(aptGet)
  const installed = await findServer()
  if (!installed)
    throw new Error(`apt-get installed mariadb-server but mariadbd was not found afterwards: ${whatToDo}.`)
  return installed
}

async function findServer(): Promise<ServerProgram | undefined> {
  const folders = searchPath()
  const given = process.env.STOCKDB_TEST_MYSQLD
  for (const name of given ? [given] : ['mariadbd', 'mysqld']) {
    const server = given ?? (await findProgram(name, folders))
    if (!server) continue
    // Debian's `mysqld` may be a link to mariadbd: check the version line, not the name.
    const version = await runProgram(server, ['--no-defaults', '--version'], { timeoutMs: 20_000 })
    if (!/mariadb/i.test(version)) return { kind: 'mysql', server, installDb: undefined }
    const prefix = dirname(dirname(await realpath(server)))
    const near = [...folders, join(prefix, 'bin'), join(prefix, 'scripts')]
    const installDb = (await findProgram('mariadb-install-db', near)) ?? (await findProgram('mysql_install_db', near))
    if (installDb) return { kind: 'mariadb', server, installDb }
  }
  return undefined
}

function searchPath(): string[] {
  const named = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...named, '/usr/sbin', '/usr/libexec', '/usr/bin']
}

async function findProgram(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, name)
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (executable) return path
  }
  return undefined
}

async function installWithApt(aptGet: string): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const lock = ['-o', 'DPkg::Lock::Timeout=300']
  try {
    await runProgram(aptGet, ['update'], { env, timeoutMs: updateTimeoutMs })
    await runProgram(aptGet, [...lock, 'install', '-y', '--no-install-recommends', 'mariadb-server'], {
      env,
      timeoutMs: installTimeoutMs,
    })
  } catch (cause) {
    throw new Error(
      `mariadb-server could not be installed (${cause instanceof Error ? cause.message : String(cause)}): ${whatToDo}.`,
      {
        cause,
      },
    )
  }
}
