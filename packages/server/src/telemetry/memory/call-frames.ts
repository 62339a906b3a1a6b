import type { Runtime } from 'node:inspector'

/** Tells functions apart; the same in all of V8's profiles. */
export function functionKey({ scriptId, lineNumber, columnNumber }: Runtime.CallFrame): string {
  return `${scriptId}:${lineNumber}:${columnNumber}`
}

/** Whether a frame is code of this project, or of who runs it: neither V8's and Node's own nor an installed package's. */
export function isOwnCode({ url }: Runtime.CallFrame): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/')
}
