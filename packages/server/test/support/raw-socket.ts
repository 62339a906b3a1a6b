import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Raw bytes to send, and pauses in milliseconds between them. */
export type Script = readonly (string | Uint8Array | number)[]

/** Everything received on one connection. */
export interface Exchange {
  readonly text: string
  /** The status of each response, in order. */
  readonly statuses: readonly number[]
  /** How the connection ended: by the server, or by us after a silence with or without a response. */
  readonly end: 'closed' | 'answered' | 'hung'
}

/** Silence after a response that ends the wait for more. */
const QUIET_MS = 150

/** Sends a script to a server, and returns what it received; gives up after `timeoutMs`. */
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
  // If the server closes while we still send, the connection is reset.
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
