import { StockdbError } from '@stockdb/contract/wire'

/** Refuses a query; the message names the node and what to use instead. */
export function refuse(message: string): never {
  throw new StockdbError('QUERY_REFUSED', message)
}

/** A caller's value in a message, bounded. */
export function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
