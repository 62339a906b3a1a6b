import type { SharedLoad } from '../bounds/shared-load.ts'
import type { Commit, CommitListener } from '../engine/engine.ts'
import type { AllWorkers, Answers } from '../telemetry/all-workers.ts'
import type { CallRecorder } from '../telemetry/call-recorder.ts'

/** What a server that is one of several workers shares with the others. */
export interface WorkerGroup {
  /** Its number, from 1. The first one says what is to be said of the server as a whole. */
  readonly worker: number
  readonly load: SharedLoad
  readonly records: CallRecorder
  readonly commits: {
    listen(listener: CommitListener): void
    publish(commit: Commit): void
    /** Notifies the listener of everything that was committed so far. */
    catchUp(): void
    close(): void
  }
  /** The workers, given how this one makes its reports. */
  workers(own: Answers): AllWorkers
}
