import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, dirname } from 'node:path'

/** Reloads the page when the notebook ran again. */
export const RELOAD_SCRIPT = "new EventSource('/changes').onmessage = () => location.reload()"

/** Editors write a file in several steps. */
const SETTLE_MS = 100
const HEARTBEAT_MS = 20_000

/** Serves one page on this machine alone, and tells those who look at it when it changed. */
export class ReportServer {
  readonly #server: Server
  readonly #listeners = new Set<ServerResponse>()
  readonly #heartbeat: NodeJS.Timeout
  #html = ''

  private constructor(server: Server) {
    this.#server = server
    this.#heartbeat = setInterval(() => {
      for (const listener of this.#listeners) listener.write(': still here\n\n')
    }, HEARTBEAT_MS)
  }

  /** Listens on the loopback address; port 0 takes a free one. */
  static async listen(port: number): Promise<ReportServer> {
    const server = createServer()
    const reports = new ReportServer(server)
    server.on('request', ({ url }, response) => reports.#answer(url ?? '/', response))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
    return reports
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  update(html: string): void {
    this.#html = html
    for (const listener of this.#listeners) listener.write('data: changed\n\n')
  }

  close(): void {
    clearInterval(this.#heartbeat)
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #answer(url: string, response: ServerResponse): void {
    if (url === '/changes') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      response.write(': watching\n\n')
      this.#listeners.add(response)
      response.on('close', () => this.#listeners.delete(response))
    } else if (url === '/') {
      response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
        .end(this.#html)
    } else response.writeHead(404).end()
  }
}

/** Calls `onText` with the file's text whenever it is no longer `known`, until the signal; one call at a time. */
export async function watchText(
  file: string,
  known: string,
  onText: (text: string) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let last = known
  let timer: NodeJS.Timeout | undefined
  const look = async (): Promise<void> => {
    // An editor may have removed the file for a moment.
    const text = await readFile(file, 'utf8').catch(() => last)
    if (text === last) return
    last = text
    await onText(text)
  }
  // The folder is watched, because editors replace files.
  const watcher = watch(dirname(file), (_, name) => {
    if (name !== null && name !== basename(file)) return
    clearTimeout(timer)
    timer = setTimeout(() => {
      work = work.then(look)
    }, SETTLE_MS)
  })
  // It may have changed before it was watched.
  let work = look()
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  clearTimeout(timer)
  watcher.close()
  await work
}
