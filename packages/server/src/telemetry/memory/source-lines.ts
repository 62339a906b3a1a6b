import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that contains this package and its neighbours: `packages`, or `node_modules/@stockdb`. */
const NEIGHBOURHOOD = fileURLToPath(new URL('../../../../', import.meta.url))

export interface SourceLine {
  readonly file: string
  readonly line: number
}

/**
 * Maps places in compiled code to lines of its TypeScript source, if there is a source map next to it. Maps are read on
 * first use and freed with this object.
 */
export class SourceLines {
  readonly #maps = new Map<string, SourceMap | undefined>()

  /** `line` and `column` count from 0, as V8 does; the answer's line counts from 1. */
  find(url: string, line: number, column: number): SourceLine {
    if (!url.startsWith('file:')) return { file: url, line: line + 1 }
    const file = fileURLToPath(url)
    const entry = this.#map(file)?.findEntry(line, column)
    if (entry && 'originalSource' in entry) {
      return { file: shown(resolve(dirname(file), entry.originalSource)), line: entry.originalLine + 1 }
    }
    return { file: shown(file), line: line + 1 }
  }

  #map(file: string): SourceMap | undefined {
    if (!this.#maps.has(file)) this.#maps.set(file, readMap(`${file}.map`))
    return this.#maps.get(file)
  }
}

function readMap(file: string): SourceMap | undefined {
  if (!existsSync(file)) return undefined
  // Written by the compiler next to the file that it maps.
  return new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as ConstructorParameters<typeof SourceMap>[0])
}

function shown(file: string): string {
  const near = relative(NEIGHBOURHOOD, file)
  if (!near.startsWith('..')) return near
  const at = file.lastIndexOf('/node_modules/')
  return at < 0 ? file : file.slice(at + 1)
}
