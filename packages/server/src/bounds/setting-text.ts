import { OFF, type Setting, type Unit } from './settings.ts'

const factors: Record<Unit, Readonly<Record<string, number>>> = {
  number: { '': 1 },
  bytes: { '': 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 },
  ms: { '': 1, ms: 1, s: 1_000, min: 60_000, h: 3_600_000 },
}

/** What a setting accepts, for messages and the help. */
export function acceptedText({ unit, min, max, canBeOff }: Setting): string {
  const form = {
    number: 'a whole number',
    bytes: 'bytes, or a whole number with KB, MB or GB,',
    ms: 'milliseconds, or a whole number with s, min or h,',
  }[unit]
  return `${form} from ${settingText(unit, min)} to ${settingText(unit, max)}${canBeOff ? ', or off' : ''}`
}

/** Parses a setting; `undefined` if it is invalid or out of bounds. Units are powers of 1,024. */
export function parseSetting({ unit, min, max, canBeOff }: Setting, text: string): number | undefined {
  if (canBeOff && text === 'off') return OFF
  const [, digits, suffix = ''] = /^(\d{1,15})([A-Za-z]*)$/.exec(text) ?? []
  const table = factors[unit]
  const name = Object.keys(table).find((known) => known.toLowerCase() === suffix.toLowerCase())
  if (digits === undefined || name === undefined) return undefined
  const value = Number(digits) * (table[name] ?? 1)
  return value >= min && value <= max ? value : undefined
}

/** Writes a setting in its shortest form that parses to the same value. */
export function settingText(unit: Unit, value: number): string {
  if (value === OFF) return 'off'
  const table = Object.entries(factors[unit]).toSorted(([, a], [, b]) => b - a)
  const [suffix, factor] = (value > 0 && table.find(([name, size]) => name !== '' && value % size === 0)) || ['', 1]
  return `${value / factor}${suffix === 'ms' ? '' : suffix}`
}
