import type { TlsFiles } from '../http/server.ts'
import type { ReportName, Reports } from '../telemetry/all-workers.ts'
import type { Gathered } from '../telemetry/gathered.ts'

/** What a worker is started with, besides what the program adds for itself. */
export interface WorkerPlace {
  /** Its number, from 1, and how many there are. */
  readonly worker: number
  readonly workers: number
  /** Where all of them listen. */
  readonly port: number
  readonly tls: TlsFiles | undefined
  readonly counts: SharedArrayBuffer
  readonly records: SharedArrayBuffer
}

/** An error that is sent between threads, with what the program prints of it. */
export interface SentError {
  readonly name: string
  readonly message: string
  readonly code: string | undefined
  readonly stack: string | undefined
}

/** From the main thread to a worker. */
export type Order =
  | { readonly kind: 'close' }
  | { readonly kind: 'renew TLS'; readonly tls: TlsFiles }
  | {
      readonly kind: 'report wanted'
      readonly id: number
      readonly name: ReportName
      readonly seconds: number | undefined
    }
  | { readonly kind: 'nobody waits'; readonly id: number }
  | { readonly kind: 'gathered'; readonly id: number; readonly gathered: Gathered<Reports[ReportName]> }
  | { readonly kind: 'not gathered'; readonly id: number; readonly error: SentError }

/** From a worker to the main thread. */
export type Notice =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'failed'; readonly error: SentError }
  | { readonly kind: 'log'; readonly lines: string }
  | { readonly kind: 'out of memory' }
  | { readonly kind: 'gather'; readonly id: number; readonly name: ReportName; readonly seconds: number | undefined }
  | { readonly kind: 'left'; readonly id: number }
  | { readonly kind: 'report'; readonly id: number; readonly report: Reports[ReportName] }
  | { readonly kind: 'no report'; readonly id: number; readonly error: SentError }

/** An error as it is sent. */
export function sentError(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: undefined, stack: undefined }
  const { name, message, stack } = error
  const { code } = error as NodeJS.ErrnoException
  return { name, message, code, stack }
}
