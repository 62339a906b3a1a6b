import type { FrameField, FrameHeader } from '@stockdb/contract/wire'

/** The header of an answer to a query or statement of a caller's own, which has no dataset: roles follow from the types. */
export function ownQueryHeader(dataset: 'query' | 'sql', fields: readonly FrameField[]): FrameHeader {
  const symbol = fields.find(({ type }) => type === 'symbol')?.name
  const date = fields.find(({ type }) => type === 'date' || type === 'datetime')?.name
  const roles = { ...(symbol === undefined ? {} : { symbol }), ...(date === undefined ? {} : { date }) }
  return { fields, meta: { dataset, ...roles, arguments: {} } }
}
