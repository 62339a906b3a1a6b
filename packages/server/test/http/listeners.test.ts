import { type AddressInfo, createServer, type Server } from 'node:net'
import { Worker } from 'node:worker_threads'
import { createLog, start } from '@stockdb/server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { listenOften } from '../../src/http/listeners.ts'
import { sqliteMaker } from '../support/stores.ts'

const CALLERS = 64

/** Connects while the event loop of this thread stands still. */
const CONNECT = `
const { connect } = require('node:net')
const { workerData } = require('node:worker_threads')
const { port, callers, shared } = workerData
for (let one = 0; one < callers; one++)
  connect(port, '127.0.0.1', () => {
    Atomics.add(shared, 0, 1)
    Atomics.notify(shared, 0)
  })
`

/** Connects so many callers before this thread's event loop goes on. */
function connectAtOnce(port: number): void {
  const shared = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(CONNECT, { eval: true, workerData: { port, callers: CALLERS, shared } })
  onTestFinished(async () => void (await worker.terminate()))
  for (let connected = 0; connected < CALLERS; connected = Atomics.load(shared, 0)) {
    if (Atomics.wait(shared, 0, connected, 10_000) === 'timed-out') throw new Error('the callers cannot connect')
  }
}

async function closed(servers: readonly Server[]): Promise<void> {
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
}

describe.runIf(process.platform === 'linux')('many callers who connect at once', () => {
  it('are accepted several in a turn of the event loop', async () => {
    const store = await sqliteMaker.open()
    onTestFinished(() => store.drop())
    const server = await start({ database: store.address, port: 0, log: createLog('silent') })
    onTestFinished(() => server.close())
    const before = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
    connectAtOnce(Number(new URL(server.url).port))
    let turns = 0
    const accepted = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length - before
    for (; accepted() < CALLERS; turns++) await new Promise(setImmediate)
    // The system spreads them at random. With one socket there would be as many turns as callers.
    expect(turns).toBeLessThan(CALLERS / 3)
  })
})

describe('a port', () => {
  const options = { host: '127.0.0.1', shared: false, onError: () => {} }

  it('in use is refused, also where the other server listens in the same way', async () => {
    const [first, second, other] = [createServer(), createServer(), createServer()]
    const { address, more } = await listenOften(first, { ...options, port: 0 })
    onTestFinished(() => closed([first, ...more]))
    await expect(listenOften(second, { ...options, port: address.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => closed([other]))
    const taken = (other.address() as AddressInfo).port
    await expect(listenOften(second, { ...options, port: taken })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('is free again once every socket is closed', async () => {
    const first = createServer()
    const { address, more } = await listenOften(first, { ...options, port: 0 })
    await closed([first, ...more])
    const second = createServer()
    const again = await listenOften(second, { ...options, port: address.port })
    expect(again.address.port).toBe(address.port)
    await closed([second, ...again.more])
  })

  it('stays open when the system refuses to hand over a connection', async () => {
    const server = createServer()
    const errors: string[] = []
    const { more } = await listenOften(server, { ...options, port: 0, onError: ({ message }) => errors.push(message) })
    onTestFinished(() => closed([server, ...more]))
    for (const one of [server, ...more]) one.emit('error', new Error('accept ENOBUFS'))
    expect(errors).toEqual([server, ...more].map(() => 'accept ENOBUFS'))
    expect(server.listening).toBe(true)
  })
})
