import { errorOf } from '../errors.ts'

/** What `connect` takes as `cache`. */
export interface CacheOptions {
  /**
   * The memory for answers: bytes, or a text such as `512MB`.
   *
   * @default '256MB'
   */
  readonly memory?: number | string | undefined
  /**
   * How long, in milliseconds, answers are given without asking the server whether the database has changed; 0 asks before each
   * answer, once for all calls of the same moment.
   *
   * @default 1_000
   */
  readonly maxAge?: number | undefined
}

const UNITS: Readonly<Record<string, number>> = { '': 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 }

export interface CheckedCache {
  readonly maxBytes: number
  readonly maxAgeMs: number
}

/** Throws `INVALID_INPUT` for an option that is not one. */
export function checkedCache({ memory = '256MB', maxAge = 1_000 }: CacheOptions): CheckedCache {
  const [, digits, unit = ''] = /^(\d{1,15}) ?([KMG]B)?$/i.exec(String(memory)) ?? []
  if (digits === undefined)
    throw errorOf(
      'INVALID_INPUT',
      `cache.memory: got ${JSON.stringify(memory)}; expected bytes, or a text such as "512MB"`,
    )
  if (!(maxAge >= 0)) throw errorOf('INVALID_INPUT', `cache.maxAge: got ${maxAge}; expected milliseconds from 0 on`)
  return { maxBytes: Number(digits) * (UNITS[unit.toUpperCase()] as number), maxAgeMs: maxAge }
}
