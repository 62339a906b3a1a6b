import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { connect } from '@stockdb/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tracesWanted } from '../../src/telemetry/traces-wanted.ts'
import { type ServingProgram, startServing } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
  readonly status: { readonly code: number }
}

interface Resource {
  readonly resource: { readonly attributes: Span['attributes'] }
  readonly scopeSpans: readonly { readonly spans: readonly Span[] }[]
}

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'
const SENT_MS = 10_000
/** Long enough that nothing is sent before the server stops. */
const AT_THE_END = { OTEL_BSP_SCHEDULE_DELAY: '600000' }

const attribute = (attributes: Span['attributes'], name: string): unknown =>
  Object.values(attributes.find(({ key }) => key === name)?.value ?? {})[0]

/** A collector for OTLP over HTTP. */
let collector: Server
let resources: Resource[] = []
let program: ServingProgram | undefined

beforeEach(async () => {
  resources = []
  collector = createServer(async (req, res) => {
    const body = (await json(req)) as { readonly resourceSpans: Resource[] }
    resources.push(...body.resourceSpans)
    res.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await once(collector.listen(0, '127.0.0.1'), 'listening')
})
afterEach(async () => {
  program?.child.kill('SIGKILL')
  await program?.ended
  collector.closeAllConnections()
  collector.close()
})

const endpoint = (): string => `http://127.0.0.1:${(collector.address() as AddressInfo).port}`
const spans = (): Span[] => resources.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans))

async function startTraced(env: Readonly<Record<string, string>>): Promise<ServingProgram> {
  program = await startServing(['--data', temporaryFolder()], env)
  return program
}

async function stop({ child, ended }: ServingProgram): Promise<number | NodeJS.Signals> {
  child.kill('SIGTERM')
  return ended
}

const ask = (url: string, input: object, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${url}/trpc/daily.range?input=${encodeURIComponent(JSON.stringify(input))}`, { headers })

describe('traces', () => {
  it("continue the caller's trace with the call, its wait for a connection, and the query", async () => {
    const { url } = await startTraced({
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint(),
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_SERVICE_NAME: 'prices',
    })
    const answer = await ask(
      url,
      { symbols: ['600519.SH'], unknownSymbols: 'ignore' },
      { traceparent: `00-${TRACE}-${PARENT}-01` },
    )
    expect(answer.status).toBe(200)
    const ofCall = () => spans().filter(({ traceId }) => traceId === TRACE)
    await expect.poll(() => ofCall().map(({ name }) => name), { timeout: SENT_MS }).toContain('daily.range')

    const call = ofCall().find(({ name }) => name === 'daily.range')
    expect(call?.parentSpanId).toBe(PARENT)
    expect(attribute(call?.attributes ?? [], 'stockdb.caller')).toBe('anonymous')
    expect(attribute(call?.attributes ?? [], 'stockdb.request_id')).toBe(answer.headers.get('x-request-id'))
    expect(attribute(call?.attributes ?? [], 'http.response.status_code')).toBe(200)
    const below = ofCall().filter(({ parentSpanId }) => parentSpanId === call?.spanId)
    expect(new Set(below.map(({ name }) => name))).toEqual(new Set(['wait for a connection', 'query']))
    for (const span of below) {
      expect(BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(call?.startTimeUnixNano ?? 0))
      expect(BigInt(span.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(call?.endTimeUnixNano ?? 0))
    }
    const texts = below.map(({ attributes }) => attribute(attributes, 'db.query.text')).filter(Boolean)
    expect(texts.join()).toContain('daily')
    expect(texts.join()).not.toContain('600519')
    expect(attribute(resources[0]?.resource.attributes ?? [], 'service.name')).toBe('prices')
  })

  it('record the error of a failed call, and do not mark refusals as server errors', async () => {
    const served = await startTraced({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint(), ...AT_THE_END })
    expect((await ask(served.url, { start: 'yesterday' })).status).toBe(400)
    expect(await stop(served)).toBe(0)
    const call = spans().find(({ name }) => name === 'daily.range')
    expect(attribute(call?.attributes ?? [], 'error.type')).toBe('INVALID_INPUT')
    expect(call?.status.code).toBe(0)
  })

  it('are all sent when the server stops', async () => {
    const served = await startTraced({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${endpoint()}/v1/traces`, ...AT_THE_END })
    const db = await connect(served.url)
    for (let call = 0; call < 20; call++) await db.daily.range({ symbols: ['600519.SH'], unknownSymbols: 'ignore' })
    expect(spans()).toHaveLength(0)
    expect(await stop(served)).toBe(0)
    expect(spans().filter(({ name }) => name === 'daily.range')).toHaveLength(20)
  })

  it('are sampled as set in the environment', async () => {
    const served = await startTraced({
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint(),
      OTEL_TRACES_SAMPLER: 'parentbased_always_off',
      ...AT_THE_END,
    })
    await ask(served.url, { symbols: ['600519.SH'], unknownSymbols: 'ignore' })
    await ask(
      served.url,
      { symbols: ['600519.SH'], unknownSymbols: 'ignore' },
      { traceparent: `00-${TRACE}-${PARENT}-01` },
    )
    expect(await stop(served)).toBe(0)
    expect(spans().length).toBeGreaterThan(0)
    expect(spans().every(({ traceId }) => traceId === TRACE)).toBe(true)
  })

  it('delay neither calls nor shutdown if the collector does not answer', async () => {
    const silent = createServer(() => {})
    await once(silent.listen(0, '127.0.0.1'), 'listening')
    try {
      const served = await startTraced({
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
        OTEL_BSP_SCHEDULE_DELAY: '50',
      })
      expect((await ask(served.url, { symbols: ['600519.SH'], unknownSymbols: 'ignore' })).status).toBe(200)
      expect(await stop(served)).toBe(0)
    } finally {
      silent.closeAllConnections()
      silent.close()
    }
  })
})

describe('an environment', () => {
  it.each([
    [{}, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
    [{ OTEL_SERVICE_NAME: 'prices' }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' }, true],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
    [{ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, false],
    [{ OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, false],
  ])('%j enables traces: %s', (env, wanted) => {
    expect(tracesWanted(env)).toBe(wanted)
  })

  it('with an unsupported value is refused, with the variable and the accepted values', () => {
    expect(() => tracesWanted({ OTEL_TRACES_EXPORTER: 'zipkin' })).toThrow(
      'OTEL_TRACES_EXPORTER: got "zipkin"; expected otlp or none',
    )
    expect(() => tracesWanted({ OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).toThrow(
      `OTEL_EXPORTER_OTLP_PROTOCOL: got "grpc"; expected http/json, and the collector's HTTP port, usually 4318`,
    )
  })
})
