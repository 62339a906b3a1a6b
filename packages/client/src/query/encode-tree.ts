import { BIGINT_TAG, limits, refusalOf } from '@stockdb/contract/wire'
import type { OperationNode } from 'kysely'
import { errorOf } from '../errors.ts'

/** SQL text of Kysely's own builders, which the server recognises and generates itself. */
const KNOWN_RAW = ['asc', 'desc', 'true']

/**
 * Encodes a query tree for the server. Throws a `QueryRefusedError` for what the server would always refuse: writes,
 * SQL text, values without an SQL type.
 */
export function encodeTree(root: OperationNode): object {
  if (root.kind !== 'SelectQueryNode') throw errorOf('QUERY_REFUSED', refusalOf(root.kind))
  let values = 0
  const encode = (part: unknown, depth: number): unknown => {
    if (++values > limits.query.values || depth > limits.query.depth) {
      throw errorOf(
        'QUERY_REFUSED',
        'the query is too large or too deeply nested; split it, or use with() for its parts',
      )
    }
    switch (typeof part) {
      case 'bigint':
        return { [BIGINT_TAG]: part.toString() }
      case 'string':
      case 'boolean':
        return part
      case 'number':
        if (Number.isFinite(part)) return part
        throw badValue(String(part))
      case 'object':
        break
      default:
        throw badValue(typeof part)
    }
    if (part === null) return null
    if (Array.isArray(part)) return part.map((item) => encode(item, depth + 1))
    if (!('kind' in part)) throw badValue(part instanceof Date ? 'a Date' : 'an object')
    if (part.kind === 'RawNode' && !isKnownRaw(part)) throw errorOf('QUERY_REFUSED', refusalOf('RawNode'))
    return Object.fromEntries(
      Object.entries(part)
        // An undefined value is a mistake; other undefined properties were only omitted.
        .filter(([key, value]) => value !== undefined || (part.kind === 'ValueNode' && key === 'value'))
        .map(([key, value]) => [key, encode(value, depth + 1)]),
    )
  }
  return encode(root, 1) as object
}

function badValue(what: string): Error {
  return errorOf(
    'QUERY_REFUSED',
    `the query has ${what} as a value; expected a text, a finite number, a bigint, true, false or null, and dates as "YYYY-MM-DD"`,
  )
}

function isKnownRaw(node: object): boolean {
  const { sqlFragments, parameters } = node as { readonly sqlFragments?: unknown; readonly parameters?: unknown }
  if (!Array.isArray(sqlFragments) || !Array.isArray(parameters)) return false
  return sqlFragments.length === 1 && parameters.length === 0 && KNOWN_RAW.includes(String(sqlFragments[0]))
}
