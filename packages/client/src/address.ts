import { errorOf } from './errors.ts'

/** Where to connect, and with which token. */
export interface Address {
  /** Without a slash at its end. */
  readonly url: string
  readonly token: string | undefined
}

const EXAMPLE = 'an address such as http://127.0.0.1:7788'

/**
 * The address given, else that of the environment. The token of the environment belongs to the address of the environment: it is not
 * sent to a server that a script names itself.
 */
export function addressOf(given: string | undefined, token: string | undefined): Address {
  if (given !== undefined) return { url: checked('url', given), token }
  const url = fromEnvironment('STOCKDB_URL')
  if (url === undefined)
    throw errorOf('INVALID_INPUT', `url: got nothing, and STOCKDB_URL is not set; expected ${EXAMPLE}`)
  return { url: checked('STOCKDB_URL', url), token: token ?? fromEnvironment('STOCKDB_TOKEN') }
}

function checked(argument: string, url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:')
    return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`
  // A database's address, given by mistake, has a password in it.
  const shown = url.replace(/\/\/.*@/, '//…@')
  throw errorOf('INVALID_INPUT', `${argument}: got "${shown}"; expected ${EXAMPLE}`)
}

/** A variable of the environment; an empty one is not set. Browsers have no environment. */
function fromEnvironment(name: string): string | undefined {
  const { process } = globalThis as { process?: { readonly env?: Readonly<Record<string, string | undefined>> } }
  try {
    return process?.env?.[name] || undefined
  } catch (cause) {
    // Deno asks for a permission.
    throw errorOf('INVALID_INPUT', `url: got nothing, and ${name} cannot be read: ${(cause as Error).message}`, {
      cause,
    })
  }
}
