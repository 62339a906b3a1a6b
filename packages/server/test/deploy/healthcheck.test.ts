import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { makeCertificates } from '../support/certificates.ts'
import { runProgram, type ServingProgram, startProgram, startServing } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const file = fileURLToPath(new URL('../../../../deploy/healthcheck.mjs', import.meta.url))

/** Exit code of the Docker image's health check, in the environment of a server. */
const checked = (env: Readonly<Record<string, string>>) => startProgram([], env, file).ended

const portOf = (server: ServingProgram): string => new URL(server.url).port

async function served(env: Readonly<Record<string, string>>, args: readonly string[] = []): Promise<ServingProgram> {
  const server = await startServing(args, { STOCKDB_DATA: temporaryFolder(), ...env })
  onTestFinished(() => void server.child.kill('SIGKILL'))
  return server
}

it('checks a server on its host and port, and fails when it is gone', async () => {
  const env = { STOCKDB_HOST: '127.0.0.2' }
  const server = await served(env)
  const place = { ...env, STOCKDB_PORT: portOf(server) }
  expect(await checked(place)).toBe(0)
  expect(await checked({ STOCKDB_PORT: portOf(server) })).toBe(1)
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
  expect(await checked(place)).toBe(1)
})

it.each(['0.0.0.0', '::'])(
  'asks a server on all addresses (%s) by HTTPS, no matter what name its certificate has',
  async (host) => {
    const folder = temporaryFolder()
    const { certFile, keyFile } = makeCertificates(folder, 'one')
    await runProgram(['token', 'create', '--data', folder, '--name', 'a', '--scopes', 'read'])
    const env = { STOCKDB_DATA: folder, STOCKDB_HOST: host, STOCKDB_TLS_CERT: certFile, STOCKDB_TLS_KEY: keyFile }
    const server = await served(env)
    expect(await checked({ ...env, STOCKDB_PORT: portOf(server) })).toBe(0)
  },
)

it('fails if the server reports that its database is unavailable', async () => {
  const server = await served({}, ['--database', 'mysql://me:x@127.0.0.1:1/db'])
  expect(await checked({ STOCKDB_PORT: portOf(server) })).toBe(1)
})
