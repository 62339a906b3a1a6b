import { existsSync, realpathSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import type { ImportProgress, ImportResult } from '../import-file.ts'
import type { ImportRequest } from '../open-import.ts'

/** What `stockdb import` says to the server that has the database, one object a line. */
export type ImportMessage =
  | { readonly version: string; readonly request: ImportRequest }
  | { readonly file: string }
  /** Gives up the file under way; its answer says whether it was imported all the same. */
  | { readonly cancel: true }

/** What the server says. */
export type ServerMessage =
  /** The files may come. */
  | { readonly ready: { readonly pid: number } }
  | { readonly progress: ImportProgress }
  | { readonly result: ImportResult }
  | { readonly error: { readonly code?: string | undefined; readonly message: string } }

/** Where the server of a database file listens for imports, however the file is named. */
export const socketOf = (file: string): string => `${existsSync(file) ? realpathSync(file) : file}.sock`

/** The bytes that the path of a socket may have. */
export const MAX_SOCKET_PATH = 107

export function send(to: Writable, message: ImportMessage | ServerMessage): void {
  if (to.writable) to.write(`${JSON.stringify(message)}\n`)
}

/** The messages of the other side, until it leaves. Only the user who started the server can connect to it. */
export async function* messagesOf<Message>(from: Readable): AsyncGenerator<Message> {
  let rest = ''
  for await (const text of from.setEncoding('utf8')) {
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as Message
  }
}
