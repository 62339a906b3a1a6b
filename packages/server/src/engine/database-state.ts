import { deadline } from './deadline.ts'
import type { Engine } from './engine.ts'

const PING_TIMEOUT_MS = 2_000

/** Whether the database answers; known within two seconds, and never an error. */
export function databaseState(engine: Engine): Promise<'ok' | 'unavailable'> {
  return engine.ping(deadline(PING_TIMEOUT_MS)).then(
    () => 'ok',
    () => 'unavailable',
  )
}
