import { StockdbError } from '@stockdb/contract/wire'
import type { Bounds } from '../bounds/settings.ts'

/** An input whose symbol list is within this server's limit, which may be lower than the contract's. */
export function boundedSymbols<Input extends { readonly symbols?: readonly string[] | undefined }>(
  { maxListLength }: Bounds,
  input: Input,
): Input {
  if ((input.symbols?.length ?? 0) <= maxListLength) return input
  const most = `this server takes at most ${maxListLength} in a list; leave it out to take all`
  throw new StockdbError('INVALID_INPUT', `symbols: got ${input.symbols?.length}; ${most}`)
}
