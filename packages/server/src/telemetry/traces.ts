import {
  type Context,
  DiagLogLevel,
  defaultTextMapGetter,
  diag,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { version } from '../version.ts'
import type { Log } from './log.ts'
import type { ReadClock, RunningCall } from './running-call.ts'

/** How long sending the last spans may take when the server stops. */
const LAST_SPANS_MS = 2_000

/** Creates spans for finished calls. */
export interface Traces {
  add(call: RunningCall, endedAt: number, outcome: string): void
  /** Sends what is still waiting, for at most two seconds. */
  close(): Promise<void>
}

/**
 * Sends OpenTelemetry traces over HTTP as the `OTEL_…` environment variables say, including sampling and names. A call
 * is a span of the trace in its `traceparent` header, or of its own trace. Under it, each read has a span for the wait
 * for a connection and one for the query. The query text has placeholders for the caller's values, and for the texts
 * and numbers of a caller's own statement. Spans are built after a call from the times that the log has anyway, so they
 * cost nothing while it runs.
 */
export function openTraces(system: string, log: Log): Traces {
  diag.setLogger(diagnosticsTo(log), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  const provider = new BasicTracerProvider({
    // A name in the environment replaces ours.
    resource: resourceFromAttributes({ 'service.name': 'stockdb', 'service.version': version }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  })
  const tracer = provider.getTracer('stockdb', version)
  const propagator = new W3CTraceContextPropagator()

  const addRead = (read: ReadClock, context: Context, endedAt: number): void => {
    const readFrom = read.startedAt ?? read.endedAt ?? endedAt
    tracer.startSpan('wait for a connection', { startTime: read.askedAt }, context).end(readFrom)
    if (read.startedAt === undefined) return
    const attributes = { 'db.system.name': system, 'db.query.text': read.sql }
    tracer
      .startSpan('query', { kind: SpanKind.CLIENT, startTime: read.startedAt, attributes }, context)
      .end(read.endedAt ?? endedAt)
  }

  return {
    add(call, endedAt, outcome) {
      const parent = propagator.extract(ROOT_CONTEXT, call.headers, defaultTextMapGetter)
      const span = tracer.startSpan(
        call.procedure,
        { kind: SpanKind.SERVER, startTime: call.startedAt, attributes: attributesOf(call) },
        parent,
      )
      if (span.isRecording()) {
        const context = trace.setSpan(parent, span)
        for (const read of call.reads) addRead(read, context, endedAt)
        if (outcome !== 'ok') span.setAttribute('error.type', outcome)
        if (isOwnFault(call, outcome)) span.setStatus({ code: SpanStatusCode.ERROR, message: outcome })
      }
      span.end(endedAt)
    },
    async close() {
      await Promise.race([
        provider.shutdown().catch((error: unknown) => log.warn({ err: error }, 'the last traces were not sent')),
        new Promise<void>((resolve) => setTimeout(resolve, LAST_SPANS_MS).unref()),
      ])
      diag.disable()
    },
  }
}

function attributesOf({ requestId, caller, method, status, counts, bytes, times }: RunningCall) {
  return {
    'http.request.method': method,
    'http.response.status_code': status,
    'stockdb.request_id': requestId,
    'stockdb.caller': caller.name,
    'stockdb.rows': counts.rows,
    'stockdb.bytes': bytes,
    'stockdb.queue_ms': times.queueMs,
    'stockdb.database_ms': times.databaseMs,
    'stockdb.socket_ms': times.socketMs,
  }
}

/** Refusals, and callers that leave, are not the server's errors. */
function isOwnFault({ status }: RunningCall, outcome: string): boolean {
  return outcome !== 'ok' && outcome !== 'CANCELLED' && !(status >= 400 && status < 500)
}

function diagnosticsTo(log: Log) {
  const warn = (message: string, ...rest: unknown[]): void =>
    log.warn({ detail: rest.map(String).join(' ') || undefined }, `traces: ${message}`)
  const ignore = (): void => {}
  return { error: warn, warn, info: ignore, debug: ignore, verbose: ignore }
}
