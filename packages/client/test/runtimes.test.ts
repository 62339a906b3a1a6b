import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { makeCertificates } from '../../server/test/support/certificates.ts'
import { temporaryFolder } from '../../server/test/support/temporary-folder.ts'
import { EXERCISED, serveExercise } from './support/exercised.ts'
import { serveHere } from './support/served.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))

/**
 * The first of these programs that is there, each in a package. Programs come in packages for one platform; the install script of
 * Bun, which not every npm runs, moves its program from there into the package `bun`.
 */
function programOf(...places: readonly (readonly [name: string, file: string])[]): string {
  const require = createRequire(import.meta.url)
  const programs = places.map(([name, file]) => join(require.resolve(`${name}/package.json`), '..', file))
  const program = programs.find((path) => existsSync(path))
  if (program === undefined) throw new Error(`${programs.join(' or ')} is missing; run npm ci`)
  return program
}

const arm = process.arch === 'arm64'
const deno = { darwin: arm ? 'darwin-arm64' : 'darwin-x64', linux: arm ? 'linux-arm64-glibc' : 'linux-x64-glibc' }

describe.each<[string, () => string[]]>([
  ['Node', () => [process.execPath]],
  [
    'Bun',
    () => [programOf([`@oven/bun-${process.platform}-${arm ? 'aarch64' : 'x64'}`, 'bin/bun'], ['bun', 'bin/bun.exe'])],
  ],
  [
    'Deno',
    () => [
      programOf([`@deno/${deno[process.platform as keyof typeof deno]}`, 'deno']),
      ...['run', '--allow-net', '--allow-read', '--no-prompt'],
    ],
  ],
])('in %s', (_, commandOf) => {
  let program = ''
  let options: string[] = []
  beforeAll(() => {
    ;[program = '', ...options] = commandOf()
  })

  async function run(script: string, ...args: string[]): Promise<string[]> {
    const running = promisify(execFile)(program, [...options, fixture(script), ...args], {
      timeout: 25_000,
      env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
    })
    const { stdout, stderr } = await running
    expect(stderr).toBe('')
    return stdout.trim().split('\n')
  }

  it('every kind of call works, and fails with the line of the script', async () => {
    const served = await serveExercise()
    expect(await run('run-exercise.ts', served.url)).toEqual(EXERCISED)
  })

  it('certificates are trusted that the client is given, and http: is not taken for https:', async () => {
    const { caFile, certFile, keyFile } = makeCertificates(temporaryFolder(), 'one')
    const served = await serveHere({
      tls: { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') },
    })
    const plain = served.url.replace('https', 'http')
    expect(await run('trusting.ts', served.url, caFile)).toEqual([
      'range 0 stockdb',
      'true',
      expect.stringMatching(
        `^cannot reach the stockdb server at ${plain}: .*if the server uses TLS, connect to ${served.url}$`,
      ),
    ])
  })
})
