import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLog, type StockdbServer, start } from '@stockdb/server'
import { expect, it, onTestFinished } from 'vitest'
import { makeCertificates } from '../support/certificates.ts'
import { serve } from '../support/serve.ts'
import { sqliteMaker } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const DRAIN_MS = 200
const CLOSE_MS = 5_000

/** Incomplete input of clients. */
const HEAD = 'POST /trpc/daily.range HTTP/1.1\r\nHost: 127.0.0.1\r\n'
const BODY = 'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{'

it.each([
  ['sends nothing', ''],
  ['has sent part of a request', HEAD],
  ['has sent part of a body', HEAD + BODY],
])('a closing server does not wait for a client that %s', async (_who, text) => {
  const store = await sqliteMaker.open()
  onTestFinished(() => store.drop())
  const { server } = await serve(store.address, { bounds: { drainTimeoutMs: DRAIN_MS } })
  await expectClosed(server, text)
})

it('a closing server does not wait for a client without a TLS handshake', async () => {
  const store = await sqliteMaker.open()
  onTestFinished(() => store.drop())
  const { certFile, keyFile } = makeCertificates(temporaryFolder(), 'one')
  const tls = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
  const server = await start({ database: store.address, port: 0, tls, log: createLog('silent') })
  await expectClosed(server, '')
})

/** Connects, sends the text, and closes the server, which must close the connection. */
async function expectClosed(server: StockdbServer, text: string): Promise<void> {
  const socket = connectSocket(Number(new URL(server.url).port), '127.0.0.1')
  await once(socket, 'connect')
  const closed = once(socket.on('error', () => {}).resume(), 'close')
  socket.write(text)
  await sleep(100)
  const startedAt = performance.now()
  await server.close()
  expect(performance.now() - startedAt).toBeLessThan(CLOSE_MS)
  await closed
}
