import { settingText } from './setting-text.ts'
import { type Bounds, settings } from './settings.ts'

/** Bounds of which the first may not be above the second, and what would come of it. */
const pairs: readonly (readonly [lower: keyof Bounds, upper: keyof Bounds, consequence: string])[] = [
  ['maxMemoryBytes', 'killMemoryBytes', 'the server would end before it refuses a heavy call'],
  [
    'maxBodyBytes',
    'maxBytesInFlightPerCaller',
    'a body between the two would be refused as too much just now, for ever',
  ],
  ['maxBodyBytes', 'maxBytesInFlight', 'a body between the two would be refused as too much just now, for ever'],
]

/**
 * Throws a `TypeError` that names the flags and values where one bound keeps another from doing what it is for. Most pairs are
 * harmless, because the narrower bound is the one that holds: a bound of one caller above that of all, heavy calls beyond
 * the connections.
 */
export function refuseContradictions(bounds: Bounds): void {
  const found = pairs.flatMap(([lower, upper, consequence]) =>
    bounds[lower] > bounds[upper]
      ? [
          `--${settings[lower].flag} (${shown(lower)}) is above --${settings[upper].flag} (${shown(upper)}): ${consequence}`,
        ]
      : [],
  )
  if (found.length > 0) throw new TypeError(`${found.join('; ')}; lower the one or raise the other`)

  function shown(name: keyof Bounds): string {
    return settingText(settings[name].unit, bounds[name])
  }
}
