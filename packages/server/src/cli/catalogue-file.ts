import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { registerHooks } from 'node:module'
import { dirname, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Catalogue } from '@stockdb/contract'
import { defineCatalogue, defineDataset, tushare } from '@stockdb/contract'
import { StockdbError } from '@stockdb/contract/wire'
import { Option } from 'commander'
import { readCatalogue } from './catalogue-shape.ts'
import { isCommonJs } from './module-type.ts'

export const configOption = (): Option =>
  new Option('--config <file>', "your own catalogue, such as stockdb.config.ts; by default Tushare's tables").env(
    'STOCKDB_CONFIG',
  )

export interface ConfigOptions {
  readonly config?: string
}

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.json']
/** The package that a catalogue file imports to declare its datasets. */
const CONTRACT = '@stockdb/contract'

/**
 * The catalogue of a command: from the file given with `--config`, else Tushare's. A file is TypeScript (Node strips
 * its types), JavaScript or JSON; it exports the catalogue by default or as `catalogue`. Throws `INVALID_INPUT` that
 * says what is wrong with the file, or with which dataset in it.
 */
export async function catalogueOf({ config }: ConfigOptions): Promise<Catalogue> {
  if (config === undefined) return tushare
  if (!existsSync(config)) throw refused(config, 'there is no such file')
  if (!EXTENSIONS.includes(extname(config))) throw refused(config, `expected a file ending in ${EXTENSIONS.join(', ')}`)
  const read = readCatalogue(await load(config))
  if (!read.success) throw refused(config, read.problem)
  try {
    const datasets: Catalogue = Object.fromEntries(
      Object.entries(read.catalogue).map(([name, dataset]) => [name, defineDataset(dataset)]),
    )
    return read.roles === undefined ? defineCatalogue(datasets) : defineCatalogue(datasets, read.roles)
  } catch (error) {
    throw refused(config, messageOf(error), error)
  }
}

async function load(file: string): Promise<unknown> {
  try {
    if (extname(file) === '.json') return JSON.parse(await readFile(file, 'utf8'))
    const hooks = withOwnContract()
    try {
      const module: { default?: unknown; catalogue?: unknown } = await import(pathToFileURL(resolve(file)).href)
      return module.default ?? module.catalogue
    } finally {
      hooks.deregister()
    }
  } catch (error) {
    const commonJs = /\.[jt]s$/.test(file) && isCommonJs(dirname(file))
    const hint = '; it is an ES module: put "type": "module" into package.json, or let its name end in .mts'
    throw refused(file, `${messageOf(error)}${commonJs ? hint : ''}`, error)
  }
}

/** The file may be where the contract is not installed: next to a globally installed stockdb, or in /etc. */
function withOwnContract(): { deregister(): void } {
  return registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context)
      } catch (error) {
        if (specifier !== CONTRACT) throw error
        return { url: import.meta.resolve(CONTRACT), shortCircuit: true }
      }
    },
  })
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const refused = (file: string, reason: string, cause?: unknown): StockdbError =>
  new StockdbError('INVALID_INPUT', `--config ${file}: ${reason}`, { cause })
