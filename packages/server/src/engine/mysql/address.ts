import type { ConnectionOptions } from 'mysql2'

/** Modes of `--ssl-mode` in MySQL's own programs. Trusted CAs are Node's and those in NODE_EXTRA_CA_CERTS. */
const sslModes: Readonly<Record<string, ConnectionOptions['ssl']>> = {
  DISABLED: undefined,
  REQUIRED: { rejectUnauthorized: false },
  VERIFY_CA: { rejectUnauthorized: true },
  VERIFY_IDENTITY: { rejectUnauthorized: true, verifyIdentity: true },
}

/** TLS options of an address. Throws a `TypeError` for an unknown parameter, so that none is ignored silently. */
function sslOf({ searchParams }: URL): ConnectionOptions['ssl'] {
  const unknown = [...searchParams.keys()].find((name) => name !== 'ssl-mode')
  if (unknown !== undefined)
    throw new TypeError(`the database address: got the parameter ${JSON.stringify(unknown)}; expected ssl-mode alone`)
  const mode = (searchParams.get('ssl-mode') ?? 'DISABLED').toUpperCase()
  if (!Object.hasOwn(sslModes, mode))
    throw new TypeError(
      `the database address: got ssl-mode ${JSON.stringify(mode)}; expected one of ${Object.keys(sslModes).join(', ')}`,
    )
  return sslModes[mode]
}

/** Whether a password has characters that end it early in a URL, or that do not decode. */
export function hasBarePassword(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url?.username && !url?.password) return /^[a-z]+:\/\/[^/?#@]*:.*@/is.test(address)
  return /%(?![\da-f]{2})/i.test(url.password)
}

/**
 * Connection options of a `mysql://user:password@host:port/database` address that was already checked;
 * `?ssl-mode=REQUIRED` encrypts the connection, `VERIFY_IDENTITY` also verifies the certificate. Throws a `TypeError`
 * for any other parameter.
 *
 * Doubles and integers arrive as numbers, DECIMAL as text; options that could interpolate values into SQL or read local
 * files are off.
 */
export function connectionOptions(address: string): ConnectionOptions {
  const url = new URL(address)
  const ssl = sslOf(url)
  return {
    ...(ssl === undefined ? {} : { ssl }),
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port ? Number(url.port) : 3306,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    charset: 'utf8mb4_bin',
    timezone: 'Z',
    dateStrings: true,
    // mysql2 parses decimals of 16 digits in two steps that both round, so they are parsed here, from text.
    decimalNumbers: false,
    supportBigNumbers: true,
    multipleStatements: false,
    // With FOUND_ROWS, which mysql2 sets, the database would count unchanged rows of an upsert as changed.
    // We send no query attributes, and packets of our own have no place for them.
    flags: ['-LOCAL_FILES', '-FOUND_ROWS', '-CLIENT_QUERY_ATTRIBUTES'],
    connectTimeout: 10_000,
    enableKeepAlive: true,
    // The server limits the prepared statements of all connections together, by default to 16,382.
    maxPreparedStatements: 64,
  }
}
