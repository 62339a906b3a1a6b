import { ARROW_STREAM } from '@stockdb/contract/wire'
import type { Script } from '../support/raw-socket.ts'

/** Limits of the server under test; the requests exceed them on purpose. */
export const BOUNDS = { maxBodyBytes: 50_000, maxHeaderBytes: 8_192, requestTimeoutMs: 600, maxBatchSize: 20 } as const

/** A hostile request. */
export interface HostileRequest {
  readonly name: string
  readonly script: Script
  /** Maximum number of answers: one more would mean a smuggled request. */
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
/** Sends bytes one by one, so slowly that the request exceeds its time limit. */
const drip = (text: string, restMs: number): Script => [...text].flatMap((letter) => [letter, restMs])
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`

const malformed: readonly (readonly [string, string | Uint8Array])[] = [
  ['not HTTP', 'SELECT 1;\r\n\r\n'],
  ['a TLS handshake', Uint8Array.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, ...Array(64).fill(7)])],
  ['an SSH greeting', 'SSH-2.0-OpenSSH_9.2p1\r\n\r\n'],
  ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['HTTP/0.9', 'GET /\r\n\r\n'],
  ['an unknown HTTP version', `GET / HTTP/9.9\r\n${HOST}\r\n`],
  ['a lower-case HTTP version', `GET / http/1.1\r\n${HOST}\r\n`],
  ['an unknown method', `EVIL / HTTP/1.1\r\n${HOST}\r\n`],
  ['a lower-case method', `get / HTTP/1.1\r\n${HOST}\r\n`],
  ['zero bytes', new Uint8Array(4_096)],
  ['random bytes', Uint8Array.from({ length: 4_096 }, (_, index) => (index * 7_919 + 13) % 251)],
  ['a zero byte in the path', `GET /trpc/\0 HTTP/1.1\r\n${HOST}\r\n`],
  ['a space in the path', `GET /trpc/daily range HTTP/1.1\r\n${HOST}\r\n`],
  ['a path that is not ASCII', `GET /trpc/日线 HTTP/1.1\r\n${HOST}\r\n`],
  ['a path without a slash', `GET trpc HTTP/1.1\r\n${HOST}\r\n`],
  ['no host', 'GET /trpc/daily.range HTTP/1.1\r\n\r\n'],
  ['a header without a colon', `GET / HTTP/1.1\r\n${HOST}nothing\r\n\r\n`],
  ['a header without a name', `GET / HTTP/1.1\r\n${HOST}: x\r\n\r\n`],
  ['a space before the colon', `GET / HTTP/1.1\r\n${HOST}X : y\r\n\r\n`],
  ['a zero byte in a header', `GET / HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n`],
  ['a folded header', `GET / HTTP/1.1\r\n${HOST} folded: x\r\n\r\n`],
  ['bare line feeds', 'GET / HTTP/1.1\nHost: 127.0.0.1\n\n'],
  ['bare carriage returns', 'GET / HTTP/1.1\rHost: 127.0.0.1\r\r'],
  ['a CONNECT tunnel', `CONNECT 169.254.169.254:80 HTTP/1.1\r\n${HOST}\r\n`],
]

const oversized: readonly (readonly [string, Script])[] = [
  ['an endless path', [`GET /${'a'.repeat(200_000)} HTTP/1.1\r\n${HOST}\r\n`]],
  ['an endless header', [`GET / HTTP/1.1\r\n${HOST}X: ${'a'.repeat(200_000)}`]],
  ['an endless header name', [`GET / HTTP/1.1\r\n${HOST}${'a'.repeat(200_000)}`]],
  ['five thousand headers', [get('/', 'X: y\r\n'.repeat(5_000))]],
  ['a cookie of a hundred thousand parts', [get('/', `Cookie: ${'a=b; '.repeat(100_000)}\r\n`)]],
  ['a body with a declared length of a terabyte', [post(`${JSON_TYPE}Content-Length: 1099511627776\r\n`, '{')]],
  ['a body above the limit', [json(`"${'x'.repeat(60_000)}"`)]],
  ['a body above the limit, for Arrow', [json(`"${'x'.repeat(60_000)}"`, `Accept: ${ARROW_STREAM}\r\n`)]],
  ['a chunked body above the limit', [chunked(`ea60\r\n${'x'.repeat(60_000)}\r\n0\r\n\r\n`)]],
  ['endless one-byte chunks', [chunked('1\r\nx\r\n'.repeat(60_000))]],
  ['a chunk with a huge declared length', [chunked('ffffffff\r\nx')]],
  ['a chunk length that overflows', [chunked('ffffffffffffffffffff\r\nx')]],
  ['an endless chunk extension', [chunked(`1;${'x'.repeat(100_000)}\r\nx\r\n0\r\n\r\n`)]],
  ['endless trailers', [chunked(`2\r\n{}\r\n0\r\n${'X: y\r\n'.repeat(20_000)}\r\n`)]],
]

const smuggled: readonly (readonly [string, string])[] = [
  ['two lengths', post(`${JSON_TYPE}Content-Length: 2\r\nContent-Length: ${SMUGGLED.length}\r\n`, `{}${SMUGGLED}`)],
  ['a length and chunks', post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`)],
  ['chunks and a length', post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', `0\r\n\r\n${SMUGGLED}`)],
  ['a length with a sign', post('Content-Length: +2\r\n', `{}${SMUGGLED}`)],
  ['a negative length', post('Content-Length: -2\r\n', `{}${SMUGGLED}`)],
  ['a length in hex', post('Content-Length: 0x2\r\n', `{}${SMUGGLED}`)],
  ['a length that is a list', post('Content-Length: 2, 2\r\n', `{}${SMUGGLED}`)],
  ['a length that overflows', post('Content-Length: 18446744073709551618\r\n', `{}${SMUGGLED}`)],
  ['an unknown encoding', post('Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${SMUGGLED}`)],
  ['an encoding after chunked', post('Transfer-Encoding: chunked, identity\r\n', `0\r\n\r\n${SMUGGLED}`)],
  ['an encoding after a tab', post('Transfer-Encoding:\tchunked\r\nContent-Length: 3\r\n', `0\r\n\r\n${SMUGGLED}`)],
  ['an invalid chunk length', chunked(`zz\r\n${SMUGGLED}`)],
  ['a negative chunk length', chunked(`-1\r\n${SMUGGLED}`)],
  ['a chunk longer than declared', chunked(`2\r\n{}xx${SMUGGLED}`)],
  ['a header split by a line feed', `GET / HTTP/1.1\r\n${HOST}X: a\n${SMUGGLED}`],
  ['an answer split by the path', get('/trpc/x%0d%0aSet-Cookie:%20a=b%0d%0a%0d%0aHTTP/1.1%20200%20OK')],
]

const bombs: readonly (readonly [string, string])[] = [
  ['nested lists', json(nested(20_000))],
  ['nested lists in the query string', get(input(nested(1_000)))],
  ['nested objects', json(`${'{"a":'.repeat(8_000)}1${'}'.repeat(8_000)}`)],
  ['nested objects, for Arrow', json(`${'{"a":'.repeat(8_000)}1${'}'.repeat(8_000)}`, `Accept: ${ARROW_STREAM}\r\n`)],
  [
    'nested query trees',
    json(`{"query":${'{"kind":"ParensNode","node":'.repeat(1_500)}1${'}'.repeat(1_500)}}`, '', '/trpc/query.run'),
  ],
  ['a number of fifty thousand digits', json(`{"limit":${'9'.repeat(49_000)}}`)],
  ['thousands of commas as a batch', get(`/trpc/${','.repeat(6_000)}?batch=1`)],
  ['more calls in a batch than the limit', get(`/trpc/${Array(21).fill('daily.range').join(',')}?batch=1&input={}`)],
  ['a batch of inputs that is a list', get(`${RANGE}?batch=1&input=${encodeURIComponent('[1,2,3]')}`)],
  ['a batch of inputs that is null', get(`${RANGE}?batch=1&input=null`)],
  ['a body declared as compressed', json('\x1f\x8b\x08\0\0\0\0\0', 'Content-Encoding: gzip\r\n')],
  ['prototype keys', json('{"__proto__":{"limit":1},"constructor":{"prototype":{"polluted":true}}}')],
  ['a body that is not UTF-8', json('\xff\xfe\xfd')],
  ['half a surrogate', json('{"symbols":["\\ud800"]}')],
  ['a form', post('Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n', 'a=b')],
  ['a multipart form', post('Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5\r\n', '--x--')],
  [
    'an empty multipart form',
    post('Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 10\r\n', '--x\r\n--x--'),
  ],
  ['binary data', post('Content-Type: application/octet-stream\r\nContent-Length: 4\r\n', '\0\0\0\0')],
  ['a path traversal', get('/trpc/../../../../etc/passwd')],
  ['an escaped path traversal', get('/trpc/%2e%2e%2f%2e%2e%2fetc%2fpasswd')],
  ['a path with a truncated escape', get('/trpc/%E0%A4%A')],
  ['an absolute URL as path', get('http://169.254.169.254/latest/meta-data/')],
  ['an unknown expectation', post(`${JSON_TYPE}Expect: 200-maybe\r\nContent-Length: 2\r\n`, '{}')],
  [
    'an upgrade to WebSocket',
    get('/trpc/', 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n'),
  ],
  [
    'an upgrade to HTTP/2',
    get('/trpc/', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'),
  ],
  ['TRACE', `TRACE ${RANGE} HTTP/1.1\r\n${HOST}\r\n`],
  ['DELETE', `DELETE ${RANGE} HTTP/1.1\r\n${HOST}\r\n`],
  ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`],
  [
    'a token of arbitrary bytes',
    get(
      // Refused for its missing date: a server without tokens ignores Authorization headers.
      AT,
      `Authorization: Bearer ${Array.from({ length: 90 }, (_, index) => String.fromCharCode(33 + index)).join('')}\r\n`,
    ),
  ],
  ['two tokens', get(AT, 'Authorization: Bearer a\r\nAuthorization: Bearer b\r\n')],
  ['a request from another origin', get(input('{}'), 'Origin: https://evil.example\r\n')],
  ['a foreign host name', `GET ${input('{}')} HTTP/1.1\r\nHost: evil.example\r\n\r\n`],
]

const slow: readonly (readonly [string, Script])[] = [
  ['nothing at all', []],
  ['a single line feed', ['\r\n']],
  ['half a line', ['GET /trpc/da']],
  ['headers byte by byte', drip(get(RANGE, `X: ${'y'.repeat(500)}\r\n`), 40)],
  [
    'endless headers, each in time',
    Array(100).fill(['X: y\r\n', 30]).flat().toSpliced(0, 0, `GET / HTTP/1.1\r\n${HOST}`),
  ],
  ['half a body', [post(`${JSON_TYPE}Content-Length: 100\r\n`, '{"symbols": [')]],
  ['half a body, for Arrow', [post(`${JSON_TYPE}Accept: ${ARROW_STREAM}\r\nContent-Length: 100\r\n`, '{"symbols": [')]],
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
