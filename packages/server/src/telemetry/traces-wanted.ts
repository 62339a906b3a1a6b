/** A variable that says where to send traces requests them; so does `OTEL_TRACES_EXPORTER=otlp`. */
const ENDPOINTS = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']
const PROTOCOLS = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']

/**
 * Whether an environment requests OpenTelemetry traces. Throws a `TypeError` for what is not supported: an exporter
 * other than `otlp`, or OTLP over gRPC.
 */
export function tracesWanted(env: Readonly<Record<string, string | undefined>>): boolean {
  const exporter = env.OTEL_TRACES_EXPORTER?.trim() ?? ''
  if (env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true' || exporter === 'none') return false
  if (exporter !== '' && exporter !== 'otlp') {
    throw new TypeError(`OTEL_TRACES_EXPORTER: got ${JSON.stringify(exporter)}; expected otlp or none`)
  }
  if (exporter === '' && !ENDPOINTS.some((name) => env[name])) return false
  const named = PROTOCOLS.find((name) => env[name])
  if (named && env[named] === 'grpc') {
    throw new TypeError(`${named}: got "grpc"; expected http/json, and the collector's HTTP port, usually 4318`)
  }
  return true
}
