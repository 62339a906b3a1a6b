/** What is used of Node's modules, so that neither they nor their types are in a browser's bundle. */
interface Files {
  mkdir(path: string, options: { recursive: true }): Promise<unknown>
  readFile(path: string): Promise<Uint8Array<ArrayBuffer>>
  writeFile(path: string, bytes: Uint8Array, options?: { flag?: 'wx'; mode?: number }): Promise<void>
  rename(from: string, to: string): Promise<void>
  rm(path: string, options: { force: true }): Promise<void>
  readdir(path: string): Promise<string[]>
  stat(path: string): Promise<{ readonly size: number; readonly mtimeMs: number }>
  utimes(path: string, accessed: Date, modified: Date): Promise<void>
}

interface Hash {
  update(bytes: Uint8Array | string): Hash
  digest(form: 'hex'): string
}

interface Modules {
  readonly 'node:fs/promises': Files
  readonly 'node:path': { join(...parts: readonly string[]): string; resolve(path: string): string }
  readonly 'node:crypto': { createHash(name: 'sha256'): Hash; randomUUID(): string }
}

interface Process {
  readonly pid: number
  readonly getBuiltinModule?: <Name extends keyof Modules>(name: Name) => Modules[Name] | undefined
  kill(pid: number, signal: 0): boolean
}

/** Node, Bun and Deno; `undefined` in a browser. */
export interface Platform {
  readonly files: Files
  readonly path: Modules['node:path']
  readonly crypto: Modules['node:crypto']
  readonly process: Process
}

export function platform(): Platform | undefined {
  const { process } = globalThis as { readonly process?: Partial<Process> }
  const files = process?.getBuiltinModule?.('node:fs/promises')
  const path = process?.getBuiltinModule?.('node:path')
  const crypto = process?.getBuiltinModule?.('node:crypto')
  return files && path && crypto ? { files, path, crypto, process: process as Process } : undefined
}
