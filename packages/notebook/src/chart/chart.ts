import { writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { inspect } from 'node:util'
import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { theme } from './theme.ts'

/** Dots of a PNG for each pixel of the chart, so that it is sharp on a high-density screen. */
const PNG_SCALE = 2
const SVG_DPI = 72

/**
 * A chart that can be shown in a notebook, or saved to a file.
 *
 * @example
 * ```ts
 * import { chart, show } from '@stockdb/notebook'
 *
 * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-12-31', fields: ['close'], symbols: ['600519.SH', '000001.SZ'] })
 * const lines = chart.lines(panels.close, { title: 'Closing prices' })
 * show(lines)
 * await lines.save('closes.svg')
 * ```
 */
export class Chart {
  /** What the chart shows, in a few words. */
  readonly description: string
  readonly #spec: TopLevelSpec

  constructor(description: string, spec: TopLevelSpec) {
    this.description = description
    this.#spec = spec
  }

  /**
   * Draws the chart as SVG.
   *
   * @example
   * ```ts
   * import { chart } from '@stockdb/notebook'
   *
   * const svg = await chart.histogram([0.01, -0.02, 0.005]).svg()
   * ```
   */
  async svg(): Promise<string> {
    const view = new View(parse(compile({ ...this.#spec, config: theme }).spec), { renderer: 'none' })
    try {
      return await view.toSVG()
    } finally {
      view.finalize()
    }
  }

  /**
   * Writes the chart to a file, as SVG or PNG by the ending of its name. PNG needs the package `sharp`.
   *
   * @param path - ends with `.svg` or `.png`
   * @throws `TypeError` for another ending; `Error` if the file cannot be written, or if `sharp` is not installed
   * @example
   * ```ts
   * import { chart } from '@stockdb/notebook'
   *
   * await chart.histogram([0.01, -0.02, 0.005]).save('returns.png')
   * ```
   */
  async save(path: string): Promise<void> {
    const ending = extname(path).toLowerCase()
    if (ending === '.svg') return writeFile(path, await this.svg())
    if (ending !== '.png') throw new TypeError(`path: got "${path}"; expected a name that ends with .svg or .png`)
    const sharp = await loadSharp(path)
    await sharp(Buffer.from(await this.svg()), { density: SVG_DPI * PNG_SCALE })
      .png()
      .toFile(path)
  }

  /** How notebooks show it. */
  async [Symbol.for('Jupyter.display')](): Promise<Record<string, string>> {
    return { 'image/svg+xml': await this.svg(), 'text/plain': this.description }
  }

  /** How the console prints it. */
  [inspect.custom](): string {
    return `Chart: ${this.description}; save('chart.svg') writes it to a file`
  }
}

async function loadSharp(path: string): Promise<typeof import('sharp')['default']> {
  try {
    return (await import('sharp')).default
  } catch (cause) {
    throw new Error(`cannot save "${path}": install the package sharp, or save an .svg`, { cause })
  }
}
