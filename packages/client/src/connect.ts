import type { Catalogue, Tushare } from '@stockdb/contract'
import type { StockdbRouter } from '@stockdb/contract/wire'
import { createTRPCClient, splitLink } from '@trpc/client'
import { addressOf } from './address.ts'
import { answerFrom, callSite } from './call/call-site.ts'
import { checkTimeout } from './call/deadline.ts'
import { Caller } from './caller.ts'
import type { Client } from './client.ts'
import { clientParts } from './client-parts.ts'
import type { ConnectOptions } from './connect-options.ts'
import { errorOf } from './errors.ts'
import { boundedJson } from './links/bounded-json.ts'
import { openHttp as openFetch } from './links/http-fetch.ts'
import { jsonLink } from './links/json-link.ts'
import { subscribeLater } from './links/subscribe-later.ts'
import { subscriptionLink } from './links/subscription-link.ts'
import { atFirst } from './links/unreachable.ts'
import { prepareKysely } from './query/load-kysely.ts'
import { checkedInfo } from './server-info.ts'

/**
 * Connects to a stockdb server and checks that client and server have the same wire version.
 *
 * Types come from the catalogue `C`, Tushare's by default; with your own catalogue write `connect<typeof catalogue>(url)`.
 *
 * @param url - the server's address, `http:` or `https:`; without it, `STOCKDB_URL` of the environment, and `STOCKDB_TOKEN` if
 *   no token is given
 * @param options - token, certificates, time limit, retries, concurrency
 * @throws `InvalidInputError` for an invalid address or option, `UnavailableError` if no server answers, `UnauthorizedError` without
 *   a valid token, `WireMismatchError` if the versions differ
 * @example
 * ```ts
 * const db = await connect('http://127.0.0.1:7788')
 * const bars = await db.daily.latest({ symbols: ['600519.SH'], n: 20, fields: ['close'] })
 * ```
 */
export function connect<C extends Catalogue = Tushare>(url?: string, options: ConnectOptions = {}): Promise<Client<C>> {
  return answerFrom(open<C>(url, options), callSite(connect))
}

async function open<C extends Catalogue>(given: string | undefined, options: ConnectOptions): Promise<Client<C>> {
  const { token, url } = addressOf(given, options.token)
  const { timeoutMs, retries, concurrency, unknownSymbols } = checkedOptions(options)
  // Loaded lazily: most programs keep nothing.
  const offline = options.offline === true
  const keeping =
    options.cache || offline
      ? await (await import('./cache/keep-frames.ts')).openCache(options.cache, { url, token, offline })
      : undefined
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  // Loaded lazily: it takes a third of a second, and only connections need it.
  const { http, fetch } = offline
    ? openFetch({ fetch: refuseOffline })
    : options.fetch
      ? openFetch({ fetch: options.fetch })
      : (await import('#http')).openHttp({ ca: options.ca })
  const address = `${url}/trpc`
  const transport = { url: address, headers, http }
  const trpc = createTRPCClient<StockdbRouter<Catalogue>>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: subscriptionLink((path, input, signal) =>
          subscribeLater(transport, path, input, { timeoutMs, retries, signal }),
        ),
        false: jsonLink({ url: address, headers, fetch: boundedJson(fetch) }),
      }),
    ],
  })
  const caller = new Caller(trpc, transport, { timeoutMs, retries: offline ? 0 : retries, concurrency, unknownSymbols })
  const asked = offline
    ? keeping?.folder?.info().then((known) => {
        if (known) return known
        throw errorOf('UNREACHABLE', `offline: the cache folder has nothing from ${url}; connect once without offline`)
      })
    : caller.json<unknown>('meta.info', undefined, options).catch((error: unknown) => {
        throw atFirst(url, error)
      })
  // Loaded meanwhile, as it is not needed before.
  const loading = import('./links/together.ts')
  const [answer, giveKysely, { Together }] = await Promise.all([asked, prepareKysely(), loading])
  const info = checkedInfo(answer, address)
  if (!offline) keeping?.folder?.keepInfo(answer)
  if (keeping) caller.keep(keeping.cacheOf(caller))
  const { maxBatchSize = 1 } = info
  if (maxBatchSize > 1) caller.sendTogether((sharing) => new Together(sharing, maxBatchSize))
  return clientParts<C>({ url, hasToken: token !== undefined, info, caller, trpc, giveKysely })
}

const refuseOffline: typeof globalThis.fetch = () =>
  Promise.reject(
    errorOf('UNREACHABLE', 'offline: only complete answers are in the cache folder; connect without offline'),
  )

function checkedOptions(options: ConnectOptions) {
  const { timeoutMs = 120_000, retries = 2, concurrency = 16, unknownSymbols } = options
  if (options.ca !== undefined && options.fetch)
    throw errorOf('INVALID_INPUT', 'ca: a custom fetch checks certificates itself; pass only one of ca and fetch')
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw errorOf('INVALID_INPUT', `concurrency: got ${concurrency}; expected a whole number, 1 or more`)
  if (!(retries >= 0)) throw errorOf('INVALID_INPUT', `retries: got ${retries}; expected a number, 0 or more`)
  checkTimeout(timeoutMs)
  if (unknownSymbols !== undefined && unknownSymbols !== 'error' && unknownSymbols !== 'ignore')
    throw errorOf('INVALID_INPUT', `unknownSymbols: got ${JSON.stringify(unknownSymbols)}; expected error or ignore`)
  return { timeoutMs, retries, concurrency, unknownSymbols }
}
