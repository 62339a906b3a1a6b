import type { CompiledQuery } from 'kysely'
import { encodeTree } from './encode-tree.ts'

const PATH = 'query.run'

/** The input of `query.run` for a compiled query. */
export function queryInputOf({ query }: CompiledQuery): { readonly path: string; readonly input: object } {
  return { path: PATH, input: { query: encodeTree(query) } }
}
