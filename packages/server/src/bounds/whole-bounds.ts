import { settingText } from './setting-text.ts'
import { type Bounds, defaultBounds, settings } from './settings.ts'

/** Bounds of which the first may not be above the second, and what would come of it. */
const pairs: readonly (readonly [lower: keyof Bounds, upper: keyof Bounds, consequence: string])[] = [
  ['maxMemoryBytes', 'killMemoryBytes', 'the server would end before it refuses a heavy call'],
  ['maxBodyBytes', 'maxBytesInFlightPerCaller', 'a body between the two would always be refused as too much just now'],
  ['maxBodyBytes', 'maxBytesInFlight', 'a body between the two would always be refused as too much just now'],
]

/** How far a bound that nobody gave keeps from one that somebody did. */
const DISTANCE = 2

/**
 * All bounds, of those that are given: the others are their defaults, or as far as they must go to make room for what is
 * given. Throws a `TypeError` that names the flags and values where two given ones contradict each other. Most pairs are
 * harmless, because the narrower bound is the one that holds: a bound of one caller above that of all, heavy calls beyond
 * the connections.
 */
export function wholeBounds(given: Partial<Bounds>): Bounds {
  const bounds = { ...defaultBounds, ...given }
  for (const [lower, upper] of pairs) {
    if (bounds[lower] <= bounds[upper]) continue
    if (given[upper] === undefined) bounds[upper] = Math.min(settings[upper].max, bounds[lower] * DISTANCE)
    else if (given[lower] === undefined) bounds[lower] = Math.max(settings[lower].min, bounds[upper] / DISTANCE)
  }
  const found = pairs.flatMap(([lower, upper, consequence]) =>
    bounds[lower] > bounds[upper]
      ? [
          `--${settings[lower].flag} (${shown(lower)}) is above --${settings[upper].flag} (${shown(upper)}): ${consequence}`,
        ]
      : [],
  )
  if (found.length > 0) throw new TypeError(`${found.join('; ')}; lower the one or raise the other`)
  return bounds

  function shown(name: keyof Bounds): string {
    return settingText(settings[name].unit, bounds[name])
  }
}
