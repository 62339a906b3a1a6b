import { showInDevTools } from './dev-tools.ts'
import { htmlTable } from './html-table.ts'
import type { TableView } from './table-view.ts'
import { type PrintOptions, textTable } from './text-table.ts'

/** What `console.log` calls in Node, Deno and Bun; `depth` is smaller than the option inside another object. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom')
/** What Deno's kernel for Jupyter calls. */
const DISPLAY = Symbol.for('Jupyter.display')

/** Something that `console.log` and notebooks show as a table, or as several. */
export abstract class Printable {
  constructor() {
    showInDevTools((value) =>
      value instanceof Printable ? { title: value.#titles(), text: value.toString() } : undefined,
    )
  }

  /** Made when it is printed, and no property that is in the way before. */
  protected abstract views(): readonly TableView[]

  toString(options?: PrintOptions): string {
    return this.views()
      .map((view) => textTable(view, options))
      .join('\n')
  }

  print(options?: PrintOptions): void {
    console.log(this.toString(options))
  }

  [INSPECT](depth: number | null, options?: { readonly depth?: number | null }): string {
    if (depth === (options?.depth ?? depth)) return this.toString()
    return `[${this.#titles()}]`
  }

  #titles(): string {
    return this.views()
      .map(({ title }) => title)
      .join('; ')
  }

  [DISPLAY](): Record<string, string> {
    return { 'text/plain': this.toString(), 'text/html': this.views().map(htmlTable).join('') }
  }
}
