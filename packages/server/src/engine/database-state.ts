import { deadline } from './deadline.ts'
import type { Engine } from './engine.ts'

const PING_TIMEOUT_MS = 2_000

/** Whether the database answers; resolves within two seconds, and never rejects. */
export function databaseState(engine: Engine): Promise<'ok' | 'unavailable'> {
  return engine.ping(deadline(PING_TIMEOUT_MS)).then(
    () => 'ok',
    () => 'unavailable',
  )
}
