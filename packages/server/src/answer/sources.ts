import type { Engine } from '../engine/engine.ts'
import type { Sessions } from './sessions.ts'

/** Where answers come from. */
export interface Sources {
  readonly engine: Engine
  readonly sessions: Pick<Sessions, 'ifKnown' | 'need'>
}
