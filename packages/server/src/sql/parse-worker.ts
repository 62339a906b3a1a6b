import { parentPort } from 'node:worker_threads'
import { init, parse } from '@guanmingchiu/sqlparser-ts'
import type { SqlGrammar } from '../engine/sql-grammar.ts'

/** A request to parse a statement, and its result. */
export interface ParseRequest {
  readonly sql: string
  readonly dialect: SqlGrammar['parser']
}

export type Parsed = { readonly tree: unknown } | { readonly error: string }

/** Messages of the thread: `ready` once, then one result per request. */
export type FromParser = 'ready' | Parsed

// Runs in its own thread: a statement nested too deeply corrupts the parser's memory for good, and then its thread is
// discarded.
parentPort?.on('message', ({ sql, dialect }: ParseRequest) => {
  let answer: Parsed
  try {
    answer = { tree: parse(sql, dialect) }
  } catch (error) {
    answer = { error: String((error as Error).message) }
  }
  parentPort?.postMessage(answer)
})

await init()
parentPort?.postMessage('ready' satisfies FromParser)
