import { settingText } from './setting-text.ts'
import { type Bounds, defaultBounds, settings } from './settings.ts'

/** Pairs of bounds whose first must not exceed the second, and what would happen otherwise. */
const pairs: readonly (readonly [lower: keyof Bounds, upper: keyof Bounds, consequence: string])[] = [
  ['maxMemoryBytes', 'killMemoryBytes', 'the server would exit before it refuses a heavy call'],
  ['cacheMemoryBytes', 'maxMemoryBytes', 'the cache alone would make the server short of memory'],
  ['maxBodyBytes', 'maxBytesInFlightPerCaller', 'a body between the two would always be refused'],
  ['maxBodyBytes', 'maxBytesInFlight', 'a body between the two would always be refused'],
]

/** How far a default bound stays from a given one. */
const DISTANCE = 2

/**
 * Completes the given bounds: the others have their defaults, or move as far as needed to make room. Throws a
 * `TypeError` that names the flags and values if two given bounds contradict each other. Most pairs are harmless,
 * because the narrower bound applies: a caller's bound above the server's, heavy calls beyond the connections.
 */
export function wholeBounds(given: Partial<Bounds>): Bounds {
  const bounds = { ...defaultBounds, ...given }
  /** Those that were given, and those that made room for them. */
  const settled = new Set(Object.keys(given).filter((name) => given[name as keyof Bounds] !== undefined))
  // Twice: a bound that made room may be in the way of another one.
  for (const [lower, upper] of [...pairs, ...pairs]) {
    if (bounds[lower] <= bounds[upper]) continue
    const widens = !settled.has(upper) && settled.has(lower)
    if (widens) bounds[upper] = Math.min(settings[upper].max, bounds[lower] * DISTANCE)
    else if (!settled.has(lower)) bounds[lower] = Math.max(settings[lower].min, bounds[upper] / DISTANCE)
    settled.add(widens ? upper : lower)
  }
  const found = pairs.flatMap(([lower, upper, consequence]) =>
    bounds[lower] > bounds[upper]
      ? [
          `--${settings[lower].flag} (${shown(lower)}) is above --${settings[upper].flag} (${shown(upper)}): ${consequence}`,
        ]
      : [],
  )
  if (found.length > 0) throw new TypeError(`${found.join('; ')}; lower the first or raise the second`)
  return bounds

  function shown(name: keyof Bounds): string {
    return settingText(settings[name].unit, bounds[name])
  }
}
