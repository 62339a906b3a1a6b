import { rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { basename } from 'node:path'
import type { Catalogue } from '@stockdb/contract'
import { StockdbError } from '@stockdb/contract/wire'
import type { Engine } from '../../engine/engine.ts'
import type { Log } from '../../telemetry/log.ts'
import { version } from '../../version.ts'
import { type FileImporter, openImport } from '../open-import.ts'
import { type ImportMessage, MAX_SOCKET_PATH, messagesOf, send, socketOf } from './messages.ts'

/** Only the user of this process may connect. */
const ONLY_OWN = 0o177
const PROGRESS_MS = 200

interface Listening {
  /** Aborts the imports under way and waits for their end. */
  close(): Promise<void>
}

/**
 * Takes files of `stockdb import` in the process that has a database file for itself. They come over a socket next to the file, which
 * only the same user can reach: who can use it could write to the file if no server had it. Does nothing where no socket can be made.
 */
export async function listenForImports(
  engine: Engine,
  catalogue: Catalogue,
  file: string | undefined,
  log: Log,
): Promise<Listening> {
  const nothing = { close: async () => {} }
  if (file === undefined || process.platform === 'win32') return nothing
  const path = socketOf(file)
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
    log.warn(`stockdb import cannot write through this server: the path of ${basename(path)} is too long for a socket`)
    return nothing
  }
  const running = new Set<Promise<void>>()
  const stopping = new AbortController()
  const server = createServer((socket) => {
    const served = serveImport(socket, engine, catalogue, log, stopping.signal).finally(() => running.delete(served))
    running.add(served)
  })
  try {
    await listenAt(server, path)
  } catch (error) {
    log.debug({ err: error }, 'cannot listen for imports')
    return nothing
  }
  return {
    close: async () => {
      server.close()
      stopping.abort(
        new StockdbError('SHUTTING_DOWN', 'the server of the database stopped; nothing of this file was imported'),
      )
      await Promise.all(running)
    },
  }
}

/** Takes the place of a socket that a killed server left, but not of one that is listened to. */
async function listenAt(server: Server, path: string): Promise<void> {
  if (await canConnect(path)) throw new Error('another server has the socket')
  rmSync(path, { force: true })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('listening', resolve).once('error', reject)
  const before = process.umask(ONLY_OWN)
  try {
    // The socket is made before this returns.
    server.listen(path)
  } finally {
    process.umask(before)
  }
  await promise
  // A later failure of a socket must not end the server.
  server.off('error', reject).on('error', () => {})
}

function canConnect(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(path, () => resolve(true)).once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}

/** Serves one command: its request, then one file after the other. */
async function serveImport(
  socket: Socket,
  engine: Engine,
  catalogue: Catalogue,
  log: Log,
  stopping: AbortSignal,
): Promise<void> {
  const left = new AbortController()
  const leave = (why: string) => left.abort(new StockdbError('CANCELLED', why))
  socket.on('error', () => {}).once('close', () => leave('the command that imported the file left'))
  const signal = AbortSignal.any([left.signal, stopping])
  let importer: Pick<FileImporter, 'import'> | undefined
  let work: Promise<void> = Promise.resolve()
  const end = () => void work.then(() => socket.destroySoon())
  stopping.addEventListener('abort', end, { once: true })
  const answer = async (message: ImportMessage): Promise<void> => {
    try {
      if ('request' in message) {
        if (message.version !== version) throw otherVersion(message.version)
        importer = await openImport(engine, catalogue, message.request, log, signal)
        send(socket, { ready: { pid: process.pid } })
      } else if ('file' in message && importer) {
        await importOne(importer, message.file, socket, log, signal)
      }
    } catch (error) {
      const { code, message } = error as Partial<StockdbError> & Error
      send(socket, { error: { code: error instanceof StockdbError ? code : undefined, message } })
    }
  }
  try {
    for await (const message of messagesOf<ImportMessage>(socket)) {
      if ('cancel' in message) leave('interrupted; nothing of this file was imported')
      else work = work.then(() => answer(message))
    }
  } catch (error) {
    log.debug({ err: error }, 'an import was not understood')
  }
  stopping.removeEventListener('abort', end)
  await work
  socket.destroySoon()
}

async function importOne(
  importer: Pick<FileImporter, 'import'>,
  file: string,
  socket: Socket,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = performance.now()
  let saidAt = startedAt
  const about = (outcome: string) => ({ file: basename(file), ms: Math.round(performance.now() - startedAt), outcome })
  try {
    const result = await importer.import(file, signal, (progress) => {
      if (performance.now() - saidAt < PROGRESS_MS) return
      saidAt = performance.now()
      send(socket, { progress })
    })
    const { notes: _, ...counts } = result
    log.info({ ...about('ok'), ...counts }, 'import')
    send(socket, { result })
  } catch (error) {
    log.info(about(error instanceof StockdbError ? error.code : 'INVALID_INPUT'), 'import')
    throw error
  }
}

const otherVersion = (theirs: string): StockdbError =>
  new StockdbError(
    'INVALID_INPUT',
    `cannot import through the running server: it is stockdb ${version}, and this is ${theirs}; stop it, or use its version`,
  )
