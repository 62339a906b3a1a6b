import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const tsserver = fileURLToPath(new URL('../../../../docs/node_modules/typescript/lib/tsserver.js', import.meta.url))
/** The first answer waits for all declarations to be read. */
const TIMEOUT_MS = 55_000

/** A message of tsserver; responses refer to the request by its number. */
interface Message {
  readonly request_seq?: number
  readonly success?: boolean
  readonly message?: string
  readonly body?: unknown
}

/** What an editor shows of a word. */
export interface Shown {
  readonly displayString: string
  readonly documentation: string
}

/**
 * Queries hover information from TypeScript's `tsserver`, version 6. TypeScript 7.0 shows no
 * comments of properties that come through a mapped type (microsoft/typescript-go#3659); 7.1 does so again.
 */
export class LanguageService implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, (message: Message) => void>()
  #received = Buffer.alloc(0)
  #requests = 0

  constructor() {
    this.#process = spawn(process.execPath, [tsserver, '--disableAutomaticTypingAcquisition'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.#process.stdout?.on('data', (chunk: Buffer) => this.#receive(chunk))
  }

  /** Hover text at the last character of the first occurrence of `word` in `fileContent`. */
  async hover(file: string, fileContent: string, word: string): Promise<Shown> {
    const before = fileContent.slice(0, fileContent.indexOf(word) + word.length).split('\n')
    this.#send('open', { file, fileContent, scriptKindName: 'TS' })
    const shown = await this.#ask('quickinfo', { file, line: before.length, offset: before.at(-1)?.length ?? 0 })
    this.#send('close', { file })
    return shown as Shown
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    if (this.#process.exitCode === null && this.#process.kill()) await ended
  }

  #ask(command: string, args: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${command} was not answered in ${TIMEOUT_MS} ms`)), TIMEOUT_MS)
      this.#waiting.set(this.#send(command, args), ({ success, message, body }) => {
        clearTimeout(timer)
        if (success) resolve(body)
        else reject(new Error(`${command}: ${message}`))
      })
    })
  }

  #send(command: string, args: object): number {
    const seq = ++this.#requests
    this.#process.stdin?.write(`${JSON.stringify({ seq, type: 'request', command, arguments: args })}\n`)
    return seq
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n')
      const length = /Content-Length: (\d+)/.exec(this.#received.toString('latin1', 0, Math.max(end, 0)))?.[1]
      const next = end + 4 + Number(length)
      if (length === undefined || this.#received.length < next) return
      const message = JSON.parse(this.#received.toString('utf8', end + 4, next)) as Message
      this.#received = this.#received.subarray(next)
      if (message.request_seq === undefined) continue
      this.#waiting.get(message.request_seq)?.(message)
      this.#waiting.delete(message.request_seq)
    }
  }
}
