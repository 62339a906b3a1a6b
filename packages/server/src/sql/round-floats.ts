import { parseDecimal, type StoredValue } from '@stockdb/contract/internal'
import { nearestFloat } from '../engine/single-precision.ts'
import { type FloatColumns, seeBesideFloats } from './float-columns.ts'
import { comparedIn, isNode, listOf, visit } from './tree-nodes.ts'
import type { Written } from './write-out.ts'

/** A number in a statement: its position, and what it is compared with. */
interface Constant {
  readonly from: number
  readonly until: number
  readonly kind: 'number' | 'text' | 'parameter'
  readonly value: number
}

/**
 * Rounds values that a statement compares with plain FLOAT columns to the nearest float, as filters and `db.query` do:
 * a FLOAT stores 10.52 only in that form. Columns are only looked up if a compared number is not already a float.
 */
export async function roundBesideFloats(
  written: Written,
  tree: unknown,
  columnsOfTables: () => Promise<ReadonlyMap<string, FloatColumns>>,
): Promise<Written> {
  const constants = new Constants(written)
  let needed = false
  visit(tree, (node) => {
    for (const side of comparedIn(node).flat()) needed ||= constants.read(side) !== undefined
  })
  if (!needed) return written
  // By position. A value compared with both a FLOAT and something else, as in a list, stays unchanged.
  const found = new Map<number, { constant: Constant; rounded: boolean }>()
  seeBesideFloats(tree, await columnsOfTables(), (other, besideFloat) => {
    const constant = constants.read(other)
    if (!constant) return
    const before = found.get(constant.from)?.rounded ?? true
    found.set(constant.from, { constant, rounded: before && besideFloat })
  })
  return rewritten(
    written,
    [...found.values()].filter(({ rounded }) => rounded).map(({ constant }) => constant),
  )
}

function rewritten(written: Written, constants: readonly Constant[]): Written {
  const parameters = [...written.parameters]
  const places = placesOf(written)
  const parts: string[] = []
  let at = 0
  for (const { from, until, kind, value } of constants.toSorted((a, b) => a.from - b.from)) {
    const rounded = nearestFloat(value)
    if (kind === 'parameter') parameters[places.get(from) as number] = rounded
    else {
      parts.push(written.sql.slice(at, from), kind === 'text' ? `'${rounded}'` : String(rounded))
      at = until
    }
  }
  return { ...written, sql: `${parts.join('')}${written.sql.slice(at)}`, parameters }
}

/** The position of each parameter. */
const placesOf = ({ places }: Written): ReadonlyMap<number, number> => new Map(places.map((place, at) => [place, at]))

/** Finds the numbers in a statement that are not floats. */
class Constants {
  readonly #written: Written
  readonly #places: ReadonlyMap<number, number>
  /** Where each character starts, since some take two units, and each line, in characters. */
  readonly #characters: readonly number[]
  readonly #lines: readonly number[]

  constructor(written: Written) {
    this.#written = written
    this.#places = placesOf(written)
    const characters: number[] = []
    const lines = [0]
    let unit = 0
    for (const character of written.sql) {
      characters.push(unit)
      unit += character.length
      if (character === '\n') lines.push(characters.length)
    }
    this.#characters = [...characters, unit]
    this.#lines = lines
  }

  read(expr: unknown): Constant | undefined {
    if (!isNode(expr)) return undefined
    const { Nested: nested, UnaryOp: signed, Value: given } = expr
    if (nested !== undefined) return this.read(nested)
    if (isNode(signed)) return ['Minus', 'Plus'].includes(String(signed.op)) ? this.read(signed.expr) : undefined
    if (!isNode(given) || !isNode(given.value) || !isNode(given.span)) return undefined
    const [from, until] = [this.#indexOf(given.span.start), this.#indexOf(given.span.end)]
    const { Number: number, SingleQuotedString: text } = given.value
    const kind = number !== undefined ? 'number' : text !== undefined ? 'text' : 'parameter'
    const stored = kind === 'parameter' ? this.#parameterAt(from) : (listOf(number)[0] ?? text)
    const value = numberOf(stored)
    return value === undefined || nearestFloat(value) === value ? undefined : { from, until, kind, value }
  }

  #parameterAt(from: number): StoredValue | undefined {
    const at = this.#places.get(from)
    return at === undefined ? undefined : this.#written.parameters[at]
  }

  /** The parser counts lines and characters from 1. */
  #indexOf(position: unknown): number {
    const { line, column } = isNode(position) ? position : {}
    return this.#characters[(this.#lines[Number(line) - 1] ?? 0) + Number(column) - 1] ?? 0
  }
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' ? parseDecimal(value) : typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}
