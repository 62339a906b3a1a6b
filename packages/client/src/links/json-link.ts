import { httpLink, splitLink, type TRPCLink } from '@trpc/client'
import type { AnyTRPCRouter } from '@trpc/server'
import { MAX_URL_LENGTH } from './transport.ts'

export interface JsonLinkOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly fetch: typeof globalThis.fetch
}

/** A terminating tRPC link for JSON answers; inputs too long for a URL are posted. */
export function jsonLink<Router extends AnyTRPCRouter>({ url, headers, fetch }: JsonLinkOptions): TRPCLink<Router> {
  const options = { url, headers, fetch: fetch as never }
  return splitLink({
    condition: ({ type, input }) =>
      type === 'query' && encodeURIComponent(JSON.stringify(input) ?? '').length > MAX_URL_LENGTH,
    true: httpLink({ ...options, methodOverride: 'POST' } as never),
    false: httpLink(options as never),
  })
}
