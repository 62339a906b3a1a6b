import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bunProgram, denoProgram } from '@stockdb/testing/runtimes'
import { beforeAll, describe, expect, it } from 'vitest'
import { makeCertificates } from '../../server/test/support/certificates.ts'
import { temporaryFolder } from '../../server/test/support/temporary-folder.ts'
import { EXERCISED, serveExercise } from './support/exercised.ts'
import { serveHere } from './support/served.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))

describe.each<[string, () => string[]]>([
  ['Node', () => [process.execPath]],
  ['Bun', () => [bunProgram()]],
  ['Deno', () => [denoProgram(), 'run', '--allow-net', '--allow-read', '--no-prompt']],
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
