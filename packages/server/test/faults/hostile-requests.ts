import { ARROW_STREAM } from '@stockdb/contract/wire'
import type { Script } from '../support/raw-socket.ts'

/** Bounds of the server that the requests are sent to; they are larger than these on purpose. */
export const BOUNDS = { maxBodyBytes: 50_000, maxHeaderBytes: 8_192, requestTimeoutMs: 600, maxBatchSize: 20 } as const

/** A request that nobody sends who means well. */
export interface HostileRequest {
  readonly name: string
  readonly script: Script
  /** How many answers there may be at most: one more would be to a request that was smuggled in. */
  readonly answers?: number
}

const RANGE = '/trpc/daily.range'
const AT = '/trpc/daily.at'
const HOST = 'Host: 127.0.0.1\r\n'
const JSON_TYPE = 'Content-Type: application/json\r\n'
const SMUGGLED = `GET /healthz HTTP/1.1\r\n${HOST}\r\n`

const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\n${HOST}${headers}\r\n`
const post = (headers: string, body = '', path = RANGE): string =>
  `POST ${path} HTTP/1.1\r\n${HOST}${headers}\r\n${body}`
const json = (body: string, headers = '', path = RANGE): string =>
  post(`${JSON_TYPE}Content-Length: ${Buffer.byteLength(body)}\r\n${headers}`, body, path)
const chunked = (body: string, headers = ''): string =>
  post(`${JSON_TYPE}Transfer-Encoding: chunked\r\n${headers}`, body)
const input = (text: string): string => `${RANGE}?input=${encodeURIComponent(text)}`
/** Bytes one by one, so slowly that the request never ends within its time. */
const drip = (text: string, restMs: number): Script => [...text].flatMap((letter) => [letter, restMs])
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`

const malformed: readonly (readonly [string, string | Uint8Array])[] = [
  ['no HTTP at all', 'SELECT 1;\r\n\r\n'],
  ['a greeting of TLS', Uint8Array.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, ...Array(64).fill(7)])],
  ['a greeting of SSH', 'SSH-2.0-OpenSSH_9.2p1\r\n\r\n'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['HTTP/0.9', 'GET /\r\n\r\n'],
  ['an unknown version of HTTP', `GET / HTTP/9.9\r\n${HOST}\r\n`],
  ['a version of HTTP in small letters', `GET / http/1.1\r\n${HOST}\r\n`],
  ['an unknown method', `EVIL / HTTP/1.1\r\n${HOST}\r\n`],
  ['a method in small letters', `get / HTTP/1.1\r\n${HOST}\r\n`],
  ['zero bytes', new Uint8Array(4_096)],
  ['random bytes', Uint8Array.from({ length: 4_096 }, (_, index) => (index * 7_919 + 13) % 251)],
  ['a zero byte in the path', `GET /trpc/\0 HTTP/1.1\r\n${HOST}\r\n`],
  ['a space in the path', `GET /trpc/daily range HTTP/1.1\r\n${HOST}\r\n`],
  ['a path that is not ASCII', `GET /trpc/日线 HTTP/1.1\r\n${HOST}\r\n`],
  ['a path that is no path', `GET trpc HTTP/1.1\r\n${HOST}\r\n`],
  ['no host', 'GET /trpc/daily.range HTTP/1.1\r\n\r\n'],
  ['a header without a colon', `GET / HTTP/1.1\r\n${HOST}nothing\r\n\r\n`],
  ['a header without a name', `GET / HTTP/1.1\r\n${HOST}: x\r\n\r\n`],
  ['a space before the colon', `GET / HTTP/1.1\r\n${HOST}X : y\r\n\r\n`],
  ['a zero byte in a header', `GET / HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n`],
  ['a header that goes on in the next line', `GET / HTTP/1.1\r\n${HOST} folded: x\r\n\r\n`],
  ['line feeds alone', 'GET / HTTP/1.1\nHost: 127.0.0.1\n\n'],
  ['carriage returns alone', 'GET / HTTP/1.1\rHost: 127.0.0.1\r\r'],
  ['a tunnel to elsewhere', `CONNECT 169.254.169.254:80 HTTP/1.1\r\n${HOST}\r\n`],
]

const oversized: readonly (readonly [string, Script])[] = [
  ['a path without end', [`GET /${'a'.repeat(200_000)} HTTP/1.1\r\n${HOST}\r\n`]],
  ['a header without end', [`GET / HTTP/1.1\r\n${HOST}X: ${'a'.repeat(200_000)}`]],
  ['a header’s name without end', [`GET / HTTP/1.1\r\n${HOST}${'a'.repeat(200_000)}`]],
  ['five thousand headers', [get('/', 'X: y\r\n'.repeat(5_000))]],
  ['a cookie of a hundred thousand parts', [get('/', `Cookie: ${'a=b; '.repeat(100_000)}\r\n`)]],
  ['a body that says it is a terabyte', [post(`${JSON_TYPE}Content-Length: 1099511627776\r\n`, '{')]],
  ['a body above the bound', [json(`"${'x'.repeat(60_000)}"`)]],
  ['a body above the bound, asked in Arrow', [json(`"${'x'.repeat(60_000)}"`, `Accept: ${ARROW_STREAM}\r\n`)]],
  ['a body above the bound in chunks', [chunked(`ea60\r\n${'x'.repeat(60_000)}\r\n0\r\n\r\n`)]],
  ['chunks of one byte without end', [chunked('1\r\nx\r\n'.repeat(60_000))]],
  ['a chunk that says it is huge', [chunked('ffffffff\r\nx')]],
  ['a chunk whose length overflows', [chunked('ffffffffffffffffffff\r\nx')]],
  ['a chunk with an extension without end', [chunked(`1;${'x'.repeat(100_000)}\r\nx\r\n0\r\n\r\n`)]],
  ['trailers without end', [chunked(`2\r\n{}\r\n0\r\n${'X: y\r\n'.repeat(20_000)}\r\n`)]],
]

const smuggled: readonly (readonly [string, string])[] = [
  ['two lengths', post(`${JSON_TYPE}Content-Length: 2\r\nContent-Length: ${SMUGGLED.length}\r\n`, `{}${SMUGGLED}`)],
  ['a length and chunks', post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`)],
  ['chunks and a length', post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', `0\r\n\r\n${SMUGGLED}`)],
  ['a length with a sign', post('Content-Length: +2\r\n', `{}${SMUGGLED}`)],
  ['a length below zero', post('Content-Length: -2\r\n', `{}${SMUGGLED}`)],
  ['a length in hex', post('Content-Length: 0x2\r\n', `{}${SMUGGLED}`)],
  ['a length that is a list', post('Content-Length: 2, 2\r\n', `{}${SMUGGLED}`)],
  ['a length that overflows', post('Content-Length: 18446744073709551618\r\n', `{}${SMUGGLED}`)],
  ['an unknown encoding', post('Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${SMUGGLED}`)],
  ['an encoding behind chunks', post('Transfer-Encoding: chunked, identity\r\n', `0\r\n\r\n${SMUGGLED}`)],
  ['an encoding behind a tab', post('Transfer-Encoding:\tchunked\r\nContent-Length: 3\r\n', `0\r\n\r\n${SMUGGLED}`)],
  ['an invalid chunk length', chunked(`zz\r\n${SMUGGLED}`)],
  ['a length of a chunk below zero', chunked(`-1\r\n${SMUGGLED}`)],
  ['a chunk longer than it says', chunked(`2\r\n{}xx${SMUGGLED}`)],
  ['a header split by a line feed', `GET / HTTP/1.1\r\n${HOST}X: a\n${SMUGGLED}`],
  ['an answer split by the path', get('/trpc/x%0d%0aSet-Cookie:%20a=b%0d%0a%0d%0aHTTP/1.1%20200%20OK')],
]

const bombs: readonly (readonly [string, string])[] = [
  ['lists in lists', json(nested(20_000))],
  ['lists in lists, in the query string', get(input(nested(1_000)))],
  ['objects in objects', json(`${'{"a":'.repeat(8_000)}1${'}'.repeat(8_000)}`)],
  [
    'objects in objects, asked in Arrow',
    json(`${'{"a":'.repeat(8_000)}1${'}'.repeat(8_000)}`, `Accept: ${ARROW_STREAM}\r\n`),
  ],
  [
    'trees in trees of a query',
    json(`{"query":${'{"kind":"ParensNode","node":'.repeat(1_500)}1${'}'.repeat(1_500)}}`, '', '/trpc/query.run'),
  ],
  ['a number of fifty thousand digits', json(`{"limit":${'9'.repeat(49_000)}}`)],
  ['a hundred thousand commas for calls', get(`/trpc/${','.repeat(6_000)}?batch=1`)],
  ['more calls in a batch than the bound', get(`/trpc/${Array(21).fill('daily.range').join(',')}?batch=1&input={}`)],
  ['a batch of inputs that is a list', get(`${RANGE}?batch=1&input=${encodeURIComponent('[1,2,3]')}`)],
  ['a batch of inputs that is null', get(`${RANGE}?batch=1&input=null`)],
  ['a body that says it is packed', json('\x1f\x8b\x08\0\0\0\0\0', 'Content-Encoding: gzip\r\n')],
  ['keys of the prototype', json('{"__proto__":{"limit":1},"constructor":{"prototype":{"polluted":true}}}')],
  ['a body that is not UTF-8', json('\xff\xfe\xfd')],
  ['half a surrogate', json('{"symbols":["\\ud800"]}')],
  ['a form', post('Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n', 'a=b')],
  ['a form in parts', post('Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5\r\n', '--x--')],
  [
    'an empty form in parts',
    post('Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 10\r\n', '--x\r\n--x--'),
  ],
  ['bytes', post('Content-Type: application/octet-stream\r\nContent-Length: 4\r\n', '\0\0\0\0')],
  ['a path that climbs', get('/trpc/../../../../etc/passwd')],
  ['a path that climbs under cover', get('/trpc/%2e%2e%2f%2e%2e%2fetc%2fpasswd')],
  ['a path with half an escape', get('/trpc/%E0%A4%A')],
  ['a whole address for a path', get('http://169.254.169.254/latest/meta-data/')],
  ['an unknown expectation', post(`${JSON_TYPE}Expect: 200-maybe\r\nContent-Length: 2\r\n`, '{}')],
  [
    'an upgrade to sockets of the web',
    get('/trpc/', 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n'),
  ],
  [
    'an upgrade to HTTP/2',
    get('/trpc/', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'),
  ],
  ['TRACE', `TRACE ${RANGE} HTTP/1.1\r\n${HOST}\r\n`],
  ['DELETE', `DELETE ${RANGE} HTTP/1.1\r\n${HOST}\r\n`],
  ['OPTIONS of everything', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`],
  [
    'a token of a hundred kinds of byte',
    get(
      // Refused for its missing date: without tokens on the server, whatever is sent as one is ignored.
      AT,
      `Authorization: Bearer ${Array.from({ length: 90 }, (_, index) => String.fromCharCode(33 + index)).join('')}\r\n`,
    ),
  ],
  ['two tokens', get(AT, 'Authorization: Bearer a\r\nAuthorization: Bearer b\r\n')],
  ['a page of the web that asks', get(input('{}'), 'Origin: https://evil.example\r\n')],
  ['a name of this machine that is another’s', `GET ${input('{}')} HTTP/1.1\r\nHost: evil.example\r\n\r\n`],
]

const slow: readonly (readonly [string, Script])[] = [
  ['nothing at all', []],
  ['a line feed and nothing more', ['\r\n']],
  ['half a line', ['GET /trpc/da']],
  ['headers byte by byte', drip(get(RANGE, `X: ${'y'.repeat(500)}\r\n`), 40)],
  [
    'headers without end, each in time',
    Array(100).fill(['X: y\r\n', 30]).flat().toSpliced(0, 0, `GET / HTTP/1.1\r\n${HOST}`),
  ],
  ['half a body', [post(`${JSON_TYPE}Content-Length: 100\r\n`, '{"symbols": [')]],
  [
    'half a body, asked in Arrow',
    [post(`${JSON_TYPE}Accept: ${ARROW_STREAM}\r\nContent-Length: 100\r\n`, '{"symbols": [')],
  ],
  ['a body byte by byte', [post(`${JSON_TYPE}Content-Length: 500\r\n`), ...drip(' '.repeat(500), 40)]],
  ['half a chunk', [chunked('ff\r\n{"symbols": [')]],
  ['chunks byte by byte', [chunked(''), ...drip('1\r\n \r\n'.repeat(80), 40)]],
]

const named = (kind: string, [name, script]: readonly [string, string | Uint8Array | Script]): HostileRequest => ({
  name: `${kind}: ${name}`,
  script: typeof script === 'string' || script instanceof Uint8Array ? [script] : script,
})

export const hostileRequests: readonly HostileRequest[] = [
  ...malformed.map((request) => named('malformed', request)),
  ...oversized.map((request) => named('oversized', request)),
  ...smuggled.map((request) => ({ ...named('smuggled', request), answers: 1 })),
  ...bombs.map((request) => named('bomb', request)),
  ...slow.map((request) => named('slow', request)),
]
