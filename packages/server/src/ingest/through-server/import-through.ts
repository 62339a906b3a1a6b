import { connect, type Socket } from 'node:net'
import { resolve as absolute } from 'node:path'
import { isErrorCode, StockdbError } from '@stockdb/contract/wire'
import { version } from '../../version.ts'
import type { ImportProgress, ImportResult } from '../import-file.ts'
import type { FileImporter, ImportRequest } from '../open-import.ts'
import { messagesOf, type ServerMessage, send, socketOf } from './messages.ts'

/** An importer in the process that has the database. */
interface RemoteImporter extends FileImporter {
  readonly pid: number
}

/** Asks the server that has a database file for itself to import into it; `undefined` if none listens next to the file. */
export async function importThrough(
  file: string,
  request: ImportRequest,
  signal: AbortSignal,
): Promise<RemoteImporter | undefined> {
  const socket = await connected(socketOf(file))
  if (!socket) return undefined
  const server = new ServerOfFile(socket, signal)
  try {
    send(socket, { version, request })
    const answer = await server.next()
    if (!('ready' in answer)) throw lost()
    return {
      pid: answer.ready.pid,
      import: (file, signal, onProgress) => server.import(file, signal, onProgress),
      close: async () => void socket.destroy(),
    }
  } catch (error) {
    socket.destroy()
    throw error
  }
}

class ServerOfFile {
  readonly #socket: Socket
  readonly #messages: AsyncGenerator<ServerMessage>

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket
    this.#messages = messagesOf<ServerMessage>(socket)
    // The server says whether the file was imported all the same.
    signal.addEventListener('abort', () => send(socket, { cancel: true }), { once: true })
  }

  /** The next message; throws if it is an error, or if the server is gone. */
  async next(): Promise<Exclude<ServerMessage, { error: unknown }>> {
    const { value: message, done } = await this.#messages.next().catch(() => ({ value: undefined, done: true }))
    if (done || !message) throw lost()
    if (!('error' in message)) return message
    const { code, message: text } = message.error
    throw isErrorCode(code) ? new StockdbError(code, text) : new Error(text)
  }

  async import(
    file: string,
    signal: AbortSignal,
    onProgress: (progress: ImportProgress) => void,
  ): Promise<ImportResult> {
    signal.throwIfAborted()
    send(this.#socket, { file: absolute(file) })
    while (true) {
      const message = await this.next()
      if ('result' in message) return message.result
      if ('progress' in message) onProgress(message.progress)
    }
  }
}

/** A file is imported whole or not at all, and importing it again changes nothing. */
const lost = (): StockdbError =>
  new StockdbError(
    'WRITE_OUTCOME_UNKNOWN',
    'the server that has the database ended before it said whether the file was imported; it is safe to import it again',
  )

function connected(path: string): Promise<Socket | undefined> {
  const { promise, resolve } = Promise.withResolvers<Socket | undefined>()
  const socket = connect(path, () => resolve(socket.on('error', () => {}))).once('error', () => resolve(undefined))
  return promise
}
