import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * Runs something, and all that follows from it, on behalf of no call: what outlives the call that is in want of it would
 * hold all of that call in memory, and its time would be taken for the call's.
 */
export const detached: <Result>(act: () => Result) => Result = AsyncLocalStorage.snapshot()
