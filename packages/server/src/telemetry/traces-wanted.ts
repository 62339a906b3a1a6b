/** A variable that says where traces go is a wish to have them; so is `OTEL_TRACES_EXPORTER=otlp`. */
const ENDPOINTS = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']
const PROTOCOLS = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']

/**
 * Whether an environment asks for OpenTelemetry traces. Throws a `TypeError` when it asks for what is not spoken here:
 * another exporter than `otlp`, or OTLP over gRPC.
 */
export function tracesWanted(env: Readonly<Record<string, string | undefined>>): boolean {
  const exporter = env.OTEL_TRACES_EXPORTER?.trim() ?? ''
  if (env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true' || exporter === 'none') return false
  if (exporter !== '' && exporter !== 'otlp') {
    throw new TypeError(`OTEL_TRACES_EXPORTER is ${JSON.stringify(exporter)}; expected otlp or none`)
  }
  if (exporter === '' && !ENDPOINTS.some((name) => env[name])) return false
  const named = PROTOCOLS.find((name) => env[name])
  if (named && env[named] === 'grpc') {
    throw new TypeError(
      `${named} is "grpc"; expected http/json, and the port of the collector for HTTP, 4318 as a rule`,
    )
  }
  return true
}
