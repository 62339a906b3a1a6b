import { errorOf } from '../errors.ts'

/** What Bun and Deno have besides the web's `fetch`. */
interface Platform {
  readonly Bun?: unknown
  readonly Deno?: { createHttpClient(options: { readonly caCerts: readonly string[] }): unknown }
}

/** The platform's `fetch`, trusting these certificates, in PEM. Browsers have no such option. */
export function fetchTrusting(ca: readonly string[]): typeof globalThis.fetch {
  const { Bun, Deno } = globalThis as Platform
  const trusting = Bun ? { tls: { ca } } : Deno && { client: Deno.createHttpClient({ caCerts: ca }) }
  if (!trusting)
    throw errorOf(
      'INVALID_INPUT',
      'ca: got certificates; expected none, because a browser decides itself which to trust',
    )
  return (input, init) => fetch(input, { ...init, ...trusting } as RequestInit)
}
