import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { giveBytes, lendBytes, openSocket } from '../../../src/engine/mysql/open-socket.ts'

describe('a socket to a database', () => {
  let server: Server
  let socket: Socket
  let peer: Socket

  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    socket = openSocket({ config: { host: '127.0.0.1', port: (server.address() as AddressInfo).port } })
    ;[peer] = (await once(server, 'connection')) as [Socket]
  })
  afterEach(() => {
    socket.destroy()
    peer.destroy()
    server.close()
  })

  const send = async (text: string): Promise<Buffer> => {
    const arrived = once(socket, 'data')
    peer.write(text)
    const [bytes] = (await arrived) as [Buffer]
    return bytes
  }

  it('gives bytes that stay as they are', async () => {
    const bytes = [await send('one'), await send('two')]
    expect(bytes.map(String)).toEqual(['one', 'two'])
  })

  it('lends bytes to who keeps none, without new memory, until it gives them again', async () => {
    lendBytes(socket)
    const lent = await send('one')
    expect((await send('two')).buffer).toBe(lent.buffer)
    expect(String(lent)).toBe('two')
    giveBytes(socket)
    expect([await send('six'), lent].map(String)).toEqual(['six', 'six'])
    const own = await send('ten')
    await send('end')
    expect(String(own)).toBe('ten')
  })

  it('reads nothing while it is paused, so that the database waits', async () => {
    await send('one')
    socket.pause()
    let bytes = 0
    socket.on('data', (chunk) => {
      bytes += chunk.length
    })
    const sent = Buffer.alloc(64 * 2 ** 20)
    const isTaken = new Promise<string>((resolve) => peer.write(sent, () => resolve('taken')))
    expect(await Promise.race([isTaken, new Promise((resolve) => setTimeout(resolve, 200, 'waiting'))])).toBe('waiting')
    expect(bytes).toBe(0)
    socket.resume()
    await isTaken
    await expect.poll(() => bytes).toBe(sent.length)
  })

  it('ends when the database does, and fails where none listens', async () => {
    socket.on('data', () => {})
    const [ended, closed] = [once(socket, 'end'), once(socket, 'close')]
    peer.end('bye')
    await Promise.all([ended, closed])
    const { port } = server.address() as AddressInfo
    server.close()
    const [error] = await once(openSocket({ config: { host: '127.0.0.1', port } }), 'error')
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
  })
})
