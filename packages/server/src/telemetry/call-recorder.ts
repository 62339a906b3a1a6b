import type { RunningCall } from './running-call.ts'

/** Where running calls are recorded so that they are known when the thread that carries them out has died. */
export interface CallRecorder {
  begin(call: RunningCall): void
  end(call: RunningCall): void
}
