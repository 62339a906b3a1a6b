import { statSync } from 'node:fs'
import type { Log } from '../telemetry/log.ts'
import { idOf, isSecretOf, isUsable, type StoredToken } from './token.ts'
import { readTokens } from './token-file.ts'

/** How often the file is looked at, at most: what is created or revoked takes effect within this time. */
const LOOK_MS = 250

/** The tokens of a running server: read from their file, and read again when it changes. */
export class TokenStore {
  readonly #file: string | undefined
  readonly #log: Log
  #tokens: ReadonlyMap<string, StoredToken> = new Map()
  #seen = ''
  #lookedAt = 0
  #defined = false

  /** Without a file there are no tokens. Throws if the file cannot be parsed. */
  constructor(file: string | undefined, log: Log) {
    this.#file = file
    this.#log = log
    if (file === undefined) return
    const { state, open } = look(file)
    if (open) log.warn({ file }, 'the token file can be read by others than its owner; chmod 600 makes it private')
    this.#take(readTokens(file))
    this.#seen = state
    this.#lookedAt = performance.now()
  }

  /**
   * Whether callers need a token. Once one was seen they always do: a file that is lost, or whose tokens have all
   * ended, opens nothing.
   */
  get defined(): boolean {
    this.#refresh()
    return this.#defined
  }

  /** Whether there is a token that opens something now. */
  get usable(): boolean {
    const now = new Date()
    return [...this.#tokens.values()].some((token) => isUsable(token, now))
  }

  /** The token whose secret this is, expired and revoked ones included. */
  find(secret: string): StoredToken | undefined {
    this.#refresh()
    const token = this.#tokens.get(idOf(secret) ?? '')
    return token && isSecretOf(token, secret) ? token : undefined
  }

  #refresh(): void {
    if (this.#file === undefined || performance.now() - this.#lookedAt < LOOK_MS) return
    this.#lookedAt = performance.now()
    try {
      const { state } = look(this.#file)
      if (state === this.#seen) return
      this.#seen = state
      this.#take(readTokens(this.#file))
    } catch (error) {
      // Whatever the file was meant to say, nobody is let in by what it said before.
      this.#tokens = new Map()
      this.#log.error({ err: error }, 'cannot read the token file: no token is valid until it can be read')
    }
  }

  #take(tokens: readonly StoredToken[]): void {
    this.#tokens = new Map(tokens.map((token) => [token.id, token]))
    this.#defined ||= tokens.length > 0
  }
}

/** Tells one state of a file from another: every change puts a new file in its place. */
function look(file: string): { state: string; open: boolean } {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found) return { state: 'none', open: false }
  return { state: `${found.ino} ${found.mtimeMs} ${found.size}`, open: (found.mode & 0o077) !== 0 }
}
