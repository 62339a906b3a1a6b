import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Bytes to send as they are, and rests in milliseconds between them. */
export type Script = readonly (string | Uint8Array | number)[]

/** What came back from a server on one connection. */
export interface Exchange {
  readonly text: string
  /** The status of each response, in their order. */
  readonly statuses: readonly number[]
  /** How the connection ended: by the server, or by us as nothing more came after a response, or nothing at all. */
  readonly end: 'closed' | 'answered' | 'hung'
}

/** How long a connection may be quiet after a response until nothing more is awaited. */
const QUIET_MS = 150

/** Plays a script to a server, and gives what came back; gives up after `timeoutMs`. */
export async function exchange(url: string, script: Script, timeoutMs = 10_000): Promise<Exchange> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const done = new AbortController()
  let text = ''
  let quiet: NodeJS.Timeout | undefined
  let playing = true
  const { promise, resolve } = Promise.withResolvers<Exchange['end']>()
  const settle = (): void => {
    clearTimeout(quiet)
    if (!playing && /^HTTP\/1\.1 \d{3}/.test(text)) quiet = setTimeout(() => resolve('answered'), QUIET_MS)
  }
  const late = setTimeout(() => resolve('hung'), timeoutMs)
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
    settle()
  })
  // A server that closes while we still send resets the connection.
  socket.on('error', () => {})
  socket.on('close', () => resolve('closed'))
  const play = async (): Promise<void> => {
    for (const step of script) {
      if (typeof step === 'number') await sleep(step, undefined, { signal: done.signal })
      else if (!socket.destroyed && socket.writable) socket.write(step)
    }
    playing = false
    settle()
  }
  play().catch(() => {})
  try {
    const end = await promise
    return {
      text,
      statuses: [...text.matchAll(/(?:^|\n|\})HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)),
      end,
    }
  } finally {
    done.abort()
    clearTimeout(quiet)
    clearTimeout(late)
    socket.destroy()
  }
}
