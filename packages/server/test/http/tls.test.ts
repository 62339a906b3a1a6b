import { execFile } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { connect, InvalidInputError, UnavailableError } from '@stockdb/client'
import { expect, it, onTestFinished } from 'vitest'
import { makeCertificates } from '../support/certificates.ts'
import { runProgram, startServing } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Issuer of the certificate that a server presents. */
function issuerAt(url: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().issuer.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

it('HTTPS is served to clients that trust the CA, and a new certificate is loaded on SIGHUP', async () => {
  const folder = temporaryFolder()
  const one = makeCertificates(folder, 'one')
  const two = makeCertificates(folder, 'two')
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  copyFileSync(one.certFile, cert)
  copyFileSync(one.keyFile, key)
  const made = await runProgram(['token', 'create', '--data', folder, '--name', 'a', '--scopes', 'read'])
  const token = made.stdout.trimEnd().split('\n').at(-1)
  const server = await startServing(['--data', folder, '--host', '0.0.0.0', '--tls-cert', cert, '--tls-key', key])
  onTestFinished(() => void server.child.kill('SIGKILL'))
  expect(server.url).toMatch(/^https:\/\/0\.0\.0\.0:\d+$/)
  const url = server.url.replace('0.0.0.0', '127.0.0.1')

  const db = await connect(url, { token, ca: one.ca, retries: 0 })
  expect((await db.daily.range()).numRows).toBe(0)
  expect((await db.trpc.meta.info.query()).name).toBe('stockdb')
  await expect(connect(url, { token, retries: 0 })).rejects.toBeInstanceOf(UnavailableError)
  await expect(connect(url, { token, ca: two.ca, retries: 0 })).rejects.toBeInstanceOf(UnavailableError)
  await expect(connect(url, { token, ca: one.ca, fetch })).rejects.toBeInstanceOf(InvalidInputError)

  // A client that sends plain HTTP does not hang.
  const { port } = new URL(url)
  const plain = connectTcp(Number(port), '127.0.0.1', () => plain.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'))
  await new Promise((resolve) => plain.on('error', resolve).on('close', resolve).resume())

  copyFileSync(two.certFile, cert)
  server.child.kill('SIGHUP')
  await sleep(500)
  // A certificate without its key is not accepted.
  expect(await issuerAt(url)).toBe('one authority')
  copyFileSync(two.keyFile, key)
  server.child.kill('SIGHUP')
  await expect.poll(() => issuerAt(url)).toBe('two authority')
  expect((await (await connect(url, { token, ca: [one.ca, two.ca] })).daily.range()).numRows).toBe(0)
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
})

it('a client accepts CAs in NODE_EXTRA_CA_CERTS', async () => {
  const folder = temporaryFolder()
  const { caFile, certFile, keyFile } = makeCertificates(folder, 'one')
  const server = await startServing(['--data', folder, '--tls-cert', certFile, '--tls-key', keyFile])
  onTestFinished(() => void server.child.kill('SIGKILL'))
  const client = fileURLToPath(import.meta.resolve('@stockdb/client/package.json')).replace(
    'package.json',
    'dist/index.js',
  )
  const script = `const { connect } = await import(${JSON.stringify(client)})
    const db = await connect(${JSON.stringify(server.url)})
    console.log((await db.daily.range()).numRows)`
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: caFile }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env })
  expect(stdout).toBe('0\n')
})

it.each([
  [['--tls-cert', 'cert.pem'], /--tls-cert, --tls-key: got one; expected both/],
  [['--tls-cert', '/nowhere/cert.pem', '--tls-key', '/nowhere/key.pem'], /--tls-cert: cannot read .*ENOENT/],
])('unusable files are named in the error: %j', async (args, message) => {
  const { code, stderr } = await runProgram(['serve', '--port', '0', '--data', temporaryFolder(), ...args])
  expect(code).toBe(1)
  expect(stderr).toMatch(message)
})
