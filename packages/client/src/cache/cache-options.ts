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
  /**
   * A folder in which answers are kept as Arrow files, so that the next run of a script does not read them again, and `offline` has
   * them. Not in browsers.
   *
   * Of several processes, the first one writes to it, and the others read. Answers are found only with the same address and token.
   */
  readonly dir?: string | undefined
  /**
   * The bytes that the folder may take; the least recently used answers are removed first.
   *
   * @default '1GB'
   */
  readonly disk?: number | string | undefined
}

const UNITS: Readonly<Record<string, number>> = { '': 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 }

export interface CheckedCache {
  readonly maxBytes: number
  readonly maxAgeMs: number
  readonly dir: string | undefined
  readonly maxDiskBytes: number
}

/** Throws `INVALID_INPUT` for an option that is not one. */
export function checkedCache({ memory = '256MB', maxAge = 1_000, dir, disk = '1GB' }: CacheOptions): CheckedCache {
  const sizes = { maxBytes: bytesOf('memory', memory), maxDiskBytes: bytesOf('disk', disk) }
  if (dir !== undefined && (typeof dir !== 'string' || dir === ''))
    throw errorOf('INVALID_INPUT', `cache.dir: got ${JSON.stringify(dir)}; expected the path of a folder`)
  if (!(maxAge >= 0)) throw errorOf('INVALID_INPUT', `cache.maxAge: got ${maxAge}; expected milliseconds, 0 or more`)
  return { ...sizes, maxAgeMs: maxAge, dir }
}

function bytesOf(option: string, size: number | string): number {
  const [, digits, unit = ''] = /^(\d{1,15}) ?([KMG]B)?$/i.exec(String(size)) ?? []
  if (digits === undefined)
    throw errorOf(
      'INVALID_INPUT',
      `cache.${option}: got ${JSON.stringify(size)}; expected bytes, or a text such as "512MB"`,
    )
  return Number(digits) * (UNITS[unit.toUpperCase()] as number)
}
