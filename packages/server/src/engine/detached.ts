import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * Runs a function outside the async context of the current call: work that outlives the call would keep it in memory,
 * and its time would be attributed to the call.
 */
export const detached: <Result>(act: () => Result) => Result = AsyncLocalStorage.snapshot()
