import fc from 'fast-check'

/** Placeholder for a number or a depth that `JSON.stringify` cannot write; {@link writeJson} inserts it verbatim. */
const bare = (text: string): string => `@bare ${text}@`

/** Like `JSON.stringify`, with values that only other programs write. */
export function writeJson(value: unknown): string {
  return (JSON.stringify(value) ?? '').replaceAll(/"@bare ([^@"]*)@"/g, '$1')
}

const TEXTS = [
  ...[
    '',
    ' ',
    '\0',
    '\u0000x',
    '\u202e',
    '\ufeff',
    '\ud800',
    '💣',
    '日线',
    'ß',
    '\r\n',
    '\\',
    '%',
    '_',
    '%00',
    '%s%s%n',
  ],
  ...["'", '"', '`', "' or 1=1 -- ", '"; drop table daily; -- ', "' union all SeLeCt 1,2,3 -- ", '*/ or /*', '#{7*7}'],
  ...['{{7*7}}', '<script>', '../../../../../x', '..\\..\\x', 'null', 'undefined', 'NaN', 'true', '[object Object]'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', '$bigint', '=1+1', 'daily.close'],
]
const DATES = [
  ...['0000-00-00', '0000-01-01', '0999-12-31', '1000-01-01', '1582-10-10', '1900-02-29', '1970-01-01', '2000-02-30'],
  ...['2024-02-29', '2023-02-29', '9999-12-31', '10000-01-01', '20240102', '2024-1-2', '2024-01-02 09:30:00'],
  ...[
    '2024-01-02T09:30:00Z',
    '2024-01-02 25:00:00',
    '2024-01-02 23:59:60',
    '-2024-01-02',
    '2024-01-02\n',
    '２０２４0102',
  ],
]
const NUMBERS = [
  ...[0, -0, 1, -1, 0.1, 1e-320, 5e-324, 1e308, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, 2 ** 53, 2 ** 53 + 2, -(2 ** 63)],
  ...['1e999', '-1e999', '1e-999', '-0', '9'.repeat(400), `0.${'3'.repeat(400)}`, '18446744073709551616'].map(bare),
]

/** Hostile values: of any type, at its limits, with prototype keys. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>(...TEXTS) },
  { weight: 3, arbitrary: fc.constantFrom<unknown>(...DATES) },
  { weight: 3, arbitrary: fc.constantFrom<unknown>(...NUMBERS) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], [{}]) },
  { weight: 1, arbitrary: fc.constantFrom(100, 10_000, 100_000).map((length) => 'x'.repeat(length)) },
  { weight: 1, arbitrary: fc.constantFrom(100, 10_001).map((length) => Array(length).fill('000001.SZ')) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(100, 5_000).map((depth) => bare('['.repeat(depth) + ']'.repeat(depth))),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
)

interface Spoiling {
  readonly at: number
  readonly how: 'replace' | 'remove' | 'add' | 'wrap' | 'repeat'
  readonly key: string
  readonly value: unknown
}

const spoiling: fc.Arbitrary<Spoiling> = fc.record({
  at: fc.nat(10_000),
  how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'add', 'wrap', 'repeat'),
  key: fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'then', 'length', '0', '', 'limit', 'date'),
  value: hostileValue,
})

/** Values of another arbitrary with one to three parts replaced by hostile ones. */
export function spoiled(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(values, fc.array(spoiling, { minLength: 1, maxLength: 3 }))
    .map(([value, all]) => all.reduce<unknown>((sofar, each) => spoil(sofar, each), value))
}

function spoil(value: unknown, { at, how, key, value: other }: Spoiling): unknown {
  const copy: unknown = structuredClone(value)
  const places: { holder: Record<string, unknown>; key: string }[] = []
  const walk = (holder: unknown): void => {
    if (typeof holder !== 'object' || holder === null || places.length > 1_000) return
    for (const [inner, held] of Object.entries(holder)) {
      places.push({ holder: holder as Record<string, unknown>, key: inner })
      walk(held)
    }
  }
  walk(copy)
  const place = places[at % (places.length + 1)]
  if (!place) return how === 'wrap' ? [copy] : other
  const { holder } = place
  const set = (name: string, given: unknown): void => {
    // An own key, also where its name is that of a setter.
    Object.defineProperty(holder, name, { value: given, enumerable: true, configurable: true, writable: true })
  }
  if (how === 'replace') set(place.key, other)
  else if (how === 'remove') delete holder[place.key]
  else if (how === 'wrap') set(place.key, [holder[place.key]])
  else if (how === 'repeat') set(place.key, Array(20).fill(holder[place.key]))
  else if (!Array.isArray(holder)) set(key, other)
  else holder.push(other)
  return copy
}
