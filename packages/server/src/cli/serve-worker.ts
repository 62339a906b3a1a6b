// One of the threads of `stockdb serve --workers`.
import { workerData } from 'node:worker_threads'
import type { Bounds } from '../bounds/settings.ts'
import type { WorkerPlace } from '../workers/messages.ts'
import { runWorker } from '../workers/worker.ts'
import { catalogueOf } from './catalogue-file.ts'
import { type ServerOptions, startOptionsOf } from './server-options.ts'

// As `serve` gives it.
const { options, bounds, place } = workerData as {
  readonly options: ServerOptions
  readonly bounds: Partial<Bounds>
  readonly place: WorkerPlace
}

await runWorker({
  ...{ place, bounds, logLevel: options.logLevel },
  startOptions: async () => ({ ...startOptionsOf(options), catalogue: await catalogueOf(options) }),
})
