import { limits } from '@stockdb/contract/wire'
import { refuse } from './refuse.ts'

const { depth: maxDepth, values: maxValues, list: maxList, text: maxText } = limits.query

/**
 * Refuses a tree that is too deep or too large, before anything recurses into it: JSON of any depth can be parsed, and
 * a stack that overflows on it is no answer. A stack of its own, so that it cannot overflow itself.
 */
export function checkLimits(tree: unknown): void {
  const waiting: { readonly value: unknown; readonly depth: number }[] = [{ value: tree, depth: 1 }]
  let values = 0
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, depth } = next
    if (++values > maxValues) refuse(`the query has more than ${maxValues} values; split it into several queries`)
    if (typeof value === 'string' && value.length > maxText) {
      refuse(`the query holds a text of ${value.length} characters; expected at most ${maxText}`)
    }
    if (typeof value !== 'object' || value === null) continue
    if (depth > maxDepth) refuse(`the query is nested more than ${maxDepth} levels deep; use with() for its parts`)
    const children = Array.isArray(value) ? value : Object.values(value)
    if (children.length > maxList) refuse(`the query holds a list of ${children.length}; expected at most ${maxList}`)
    for (const child of children) waiting.push({ value: child, depth: depth + 1 })
  }
}
