import type { Services } from '../../api/context.ts'
import { mergeHealth } from '../../telemetry/merge-reports.ts'
import { metricsText } from '../../telemetry/metrics.ts'
import { sendJson } from '../respond.ts'
import type { Exchange, Step } from './pipeline.ts'

/** The server's own paths that are not procedures. */
export const monitoringPaths: readonly string[] = ['/healthz', '/metrics']

/** Answers `/healthz`, open to everyone, and `/metrics`, which requires scope `admin`. Neither counts against limits on calls. */
export function monitoring(services: Services): Step {
  const sendHealth = async ({ res, call }: Exchange): Promise<boolean> => {
    const state = mergeHealth(await services.workers.ask('health', call))
    sendJson(res, state.status === 'ok' ? 200 : 503, state)
    return true
  }
  const sendMetrics = async ({ res, call }: Exchange): Promise<boolean> => {
    call.caller.require('admin')
    const { metrics } = services.telemetry
    const body = Buffer.from(await metricsText(await services.workers.ask('metrics', call)))
    res.writeHead(200, { 'content-type': metrics.contentType, 'content-length': body.length }).end(body)
    return true
  }
  return (exchange) => {
    const { path } = exchange.call.target
    if (path === '/healthz') return sendHealth(exchange)
    return path === '/metrics' ? sendMetrics(exchange) : false
  }
}
