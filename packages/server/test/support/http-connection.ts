import { Agent, type IncomingMessage, request } from 'node:http'

export interface ConnectionAnswer {
  readonly status: number
  readonly text: string
}

/** One HTTP connection that is kept open, so that every call on it reaches the same worker. */
export class HttpConnection {
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  #run = ''

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.#url = url
    this.#headers = headers
  }

  /** What the request ids of its worker begin with. */
  get run(): string {
    return this.#run
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<ConnectionAnswer> {
    return this.#send('GET', path, headers, undefined)
  }

  /** Calls a query by GET; throws the text of an answer that is no success. */
  async call<Result>(procedure: string, input?: object): Promise<Result> {
    const query = input ? `?input=${encodeURIComponent(JSON.stringify(input))}` : ''
    const { status, text } = await this.get(`/trpc/${procedure}${query}`)
    if (status !== 200) throw new Error(text)
    return (JSON.parse(text) as { readonly result: { readonly data: Result } }).result.data
  }

  post(path: string, body: object): Promise<ConnectionAnswer> {
    return this.#send('POST', path, { 'content-type': 'application/json' }, JSON.stringify(body))
  }

  /** The answer to a GET as it begins: for one that has no end. It takes the connection for itself. */
  open(path: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      request(`${this.#url}${path}`, { agent: this.#agent, headers: this.#headers }, (response) => resolve(response))
        .on('error', reject)
        .end()
    })
  }

  close(): void {
    this.#agent.destroy()
  }

  #send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | undefined,
  ): Promise<ConnectionAnswer> {
    return new Promise((resolve, reject) => {
      const options = { method, agent: this.#agent, headers: { ...this.#headers, ...headers } }
      request(`${this.#url}${path}`, options, (response) => {
        this.#run = String(response.headers['x-request-id']).split('-')[0] ?? ''
        let text = ''
        response
          .setEncoding('utf8')
          .on('data', (part: string) => {
            text += part
          })
          .on('end', () => resolve({ status: response.statusCode ?? 0, text }))
          .on('error', reject)
      })
        .on('error', reject)
        .end(body)
    })
  }
}

/** One connection to each of the workers of a server, after as many attempts as it takes. */
export async function connectionToEach(
  url: string,
  workers: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpConnection[]> {
  const found = new Map<string, HttpConnection>()
  // One worker gets them all with a probability of 2 in 2^100.
  for (let attempt = 0; found.size < workers; attempt++) {
    if (attempt === 100) throw new Error(`100 connections reached ${found.size} of ${workers} workers`)
    const connection = new HttpConnection(url, headers)
    await connection.get('/healthz')
    if (found.has(connection.run)) connection.close()
    else found.set(connection.run, connection)
  }
  return [...found.values()]
}
