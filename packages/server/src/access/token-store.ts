import { statSync } from 'node:fs'
import type { Log } from '../telemetry/log.ts'
import { idOf, isSecretOf, isUsable, type StoredToken } from './token.ts'
import { readTokens } from './token-file.ts'

/** How often the file is checked at most: tokens that are created or revoked take effect within this time. */
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
    if (open) log.warn({ file }, 'other users can read the token file; chmod 600 makes it private')
    this.#take(readTokens(file))
    this.#seen = state
    this.#lookedAt = performance.now()
  }

  /**
   * Whether callers need a token. Once a token was seen, they always do: losing the file, or the expiry of all tokens,
   * opens nothing.
   */
  get defined(): boolean {
    this.#refresh()
    return this.#defined
  }

  /** Whether there is a valid token now. */
  get usable(): boolean {
    const now = new Date()
    return [...this.#tokens.values()].some((token) => isUsable(token, now))
  }

  /** The token with this secret, including expired and revoked ones. */
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
      // The file is unreadable, so its earlier tokens let nobody in.
      this.#tokens = new Map()
      this.#log.error({ err: error }, 'cannot read the token file: no token is valid until it can be read')
    }
  }

  #take(tokens: readonly StoredToken[]): void {
    this.#tokens = new Map(tokens.map((token) => [token.id, token]))
    this.#defined ||= tokens.length > 0
  }
}

/** Identifies a state of a file: every change replaces the file. */
function look(file: string): { state: string; open: boolean } {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found) return { state: 'none', open: false }
  return { state: `${found.ino} ${found.mtimeMs} ${found.size}`, open: (found.mode & 0o077) !== 0 }
}
