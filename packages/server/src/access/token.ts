import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Scope, scopes } from '@stockdb/contract/internal'
import { z } from 'zod'

/** Tokens created by the server start with this, so that scanners for leaked secrets find them. */
const PREFIX = 'stockdb'
const SECRET_FORM = /^stockdb_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/

/** Names are printed in logs and tables, so they are short and use plain characters. */
export const TOKEN_NAME_FORM = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/
export const RESERVED_TOKEN_NAMES: readonly string[] = ['anonymous', 'unknown']

/** What is stored of a token: everything except its secret. */
export const storedToken = z.strictObject({
  /** The part of the secret that finds the entry; useless on its own. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  name: z.string().regex(TOKEN_NAME_FORM),
  /** SHA-256 of the secret, in hexadecimal. The secret has 256 random bits, so a slow hash would add nothing. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(z.enum(scopes)).min(1),
  /** The datasets that it may read and write; all if absent. */
  datasets: z.array(z.string()).optional(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().optional(),
  /**
   * A revoked token stays in the file, so that its caller gets the reason and an empty file does not open the server.
   */
  revokedAt: z.iso.datetime().optional(),
})

export type StoredToken = z.infer<typeof storedToken>

export interface TokenOrder {
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly datasets?: readonly string[] | undefined
  readonly expiresAt?: Date | undefined
}

/** Creates a token: its secret, to be shown once, and what is stored. */
export function makeToken(order: TokenOrder, now: Date): { secret: string; token: StoredToken } {
  const id = randomBytes(8).toString('hex')
  const secret = `${PREFIX}_${id}_${randomBytes(32).toString('base64url')}`
  return {
    secret,
    token: {
      id,
      name: order.name,
      sha256: hash(secret).toString('hex'),
      scopes: [...order.scopes],
      ...(order.datasets === undefined ? {} : { datasets: [...order.datasets] }),
      createdAt: now.toISOString(),
      ...(order.expiresAt === undefined ? {} : { expiresAt: order.expiresAt.toISOString() }),
    },
  }
}

/** The id in a secret; `undefined` if the text cannot be one. */
export function idOf(secret: string): string | undefined {
  return SECRET_FORM.exec(secret)?.[1]
}

/** Whether a secret belongs to a token, compared in constant time. */
export function isSecretOf(token: StoredToken, secret: string): boolean {
  return timingSafeEqual(hash(secret), Buffer.from(token.sha256, 'hex'))
}

/** Whether a token is valid at a time. */
export function isUsable(token: StoredToken, now: Date): boolean {
  return token.revokedAt === undefined && (token.expiresAt === undefined || new Date(token.expiresAt) > now)
}

function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
