import type { Runtime } from 'node:inspector'

/** Identifies a function; the same in all of V8's profiles. */
export function functionKey({ scriptId, lineNumber, columnNumber }: Runtime.CallFrame): string {
  return `${scriptId}:${lineNumber}:${columnNumber}`
}

/** Whether a frame belongs to this project or the program that runs it: not to V8, Node or an installed package. */
export function isOwnCode({ url }: Runtime.CallFrame): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/')
}
