import type { FieldTypeName } from '@stockdb/contract'
import { fieldTypes, parseDate, parseDatetime, SYMBOL_FORM } from '@stockdb/contract/internal'
import { BIGINT_TAG } from '@stockdb/contract/wire'
import { type OperationNode, ValueNode } from 'kysely'
import type { SqlExpressions } from '../../engine/sql-expressions.ts'
import { refuse, shown } from './refuse.ts'

/** A value in a query. */
export type Value = string | number | bigint | boolean | null

/** Whole numbers that databases compare exactly if they are written out. */
const WRITTEN_OUT = 2 ** 64
const INTEGER_FORM = /^-?\d{1,19}$/

/** A value as it came over the wire; `where` names its place in a message. */
export function readValue(raw: unknown, where: string): Value {
  switch (typeof raw) {
    case 'string':
    case 'boolean':
      return raw
    case 'number':
      if (Number.isFinite(raw)) return raw
      break
    case 'object': {
      if (raw === null) return null
      const keys = Object.keys(raw)
      const digits =
        keys.length === 1 && keys[0] === BIGINT_TAG ? (raw as Record<string, unknown>)[BIGINT_TAG] : undefined
      if (typeof digits === 'string' && INTEGER_FORM.test(digits)) return BigInt(digits)
    }
  }
  return refuse(
    `${where}: got ${raw === undefined ? 'nothing' : shown(raw)}; expected a text, a finite number, a bigint, true, false or null`,
  )
}

/** The type of a value that stands alone. */
export function typeOfValue(value: Exclude<Value, null>): FieldTypeName {
  if (typeof value === 'string') return 'text'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'bigint' ? 'int64' : 'float64'
}

/**
 * A value where one of the given type is expected. Dates are checked and bound in their canonical form; bound numbers
 * are doubles, but what is compared with an int64 is written out as the whole number that it is. `as` says whether the
 * value is only compared with a column, in whose form it is bound, or is a result of its own.
 */
export function valueNode(
  forms: SqlExpressions,
  value: Exclude<Value, null>,
  type: FieldTypeName,
  where: string,
  as: 'compared' | 'result',
): OperationNode {
  const wrong = (): never => {
    const hint =
      typeof value === 'string' && type !== 'text' ? "; a column on the right is named with eb.ref('name')" : ''
    return refuse(`${where}: got ${shown(value)}; expected ${fieldTypes[type].expected}${hint}`)
  }
  switch (type) {
    case 'float64':
    case 'int32': {
      const number = typeof value === 'bigint' ? Number(value) : value
      if (typeof number !== 'number' || (typeof value === 'bigint' && BigInt(number) !== value)) return wrong()
      return ValueNode.create(number)
    }
    case 'int64':
      if (typeof value === 'number' && !(Math.abs(value) <= WRITTEN_OUT && Number.isInteger(value)))
        return ValueNode.create(value)
      if (typeof value !== 'number' && typeof value !== 'bigint') return wrong()
      if (typeof value === 'bigint' && value !== BigInt.asIntN(64, value)) return wrong()
      // An immediate value is written out by Kysely from the number itself, which is checked to be whole.
      return ValueNode.createImmediate(BigInt(value))
    case 'bool':
      if (typeof value !== 'boolean' && value !== 0 && value !== 1) return wrong()
      return ValueNode.create(Number(value))
    case 'symbol':
      if (typeof value !== 'string' || !SYMBOL_FORM.test(value)) return wrong()
      return ValueNode.create(value)
    case 'text':
      if (typeof value !== 'string') return wrong()
      return as === 'compared' ? ValueNode.create(value) : forms.bytes(ValueNode.create(value))
    case 'date': {
      const iso = typeof value === 'string' ? parseDate(value) : undefined
      if (iso === undefined) return wrong()
      return as === 'compared' ? ValueNode.create(iso) : forms.date(iso)
    }
    case 'datetime': {
      const text = typeof value === 'string' ? (parseDatetime(value) ?? midnight(value)) : undefined
      if (text === undefined) return wrong()
      return as === 'compared' ? ValueNode.create(text) : forms.datetime(text)
    }
  }
}

/** The first moment of a day that is given without a time. */
function midnight(text: string): string | undefined {
  const iso = parseDate(text)
  return iso === undefined ? undefined : `${iso} 00:00:00`
}
