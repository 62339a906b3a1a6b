import { parentPort } from 'node:worker_threads'
import { init, parse } from '@guanmingchiu/sqlparser-ts'
import type { SqlGrammar } from '../engine/sql-grammar.ts'

/** A wish to have a statement parsed, and what comes of it. */
export interface ParseWish {
  readonly sql: string
  readonly dialect: SqlGrammar['parser']
}

export type Parsed = { readonly tree: unknown } | { readonly error: string }

const ready = init()

// In a thread of its own: a statement that is nested too deeply breaks the parser's memory for good, and the thread that
// holds it is then given up.
parentPort?.on('message', async ({ sql, dialect }: ParseWish) => {
  await ready
  let answer: Parsed
  try {
    answer = { tree: parse(sql, dialect) }
  } catch (error) {
    answer = { error: String((error as Error).message) }
  }
  parentPort?.postMessage(answer)
})
