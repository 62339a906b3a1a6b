import type { SubscriptionEvent, SubscriptionOptions } from './subscription.ts'
import type { Transport } from './transport.ts'

/** As `subscribe`, which is loaded when it is first used: most scripts never listen. */
export async function* subscribeLater(
  transport: Transport,
  path: string,
  input: object,
  options: SubscriptionOptions,
): AsyncGenerator<SubscriptionEvent | 'connected', void, undefined> {
  const { subscribe } = await import('./subscription.ts')
  yield* subscribe(transport, path, input, options)
}
