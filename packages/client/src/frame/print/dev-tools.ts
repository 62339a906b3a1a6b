/** What the developer tools of a browser call to show a value, if their setting "Custom formatters" is on. */
interface Formatter {
  header(value: unknown): unknown
  hasBody(value: unknown): boolean
  body(value: unknown): unknown
}

/** A value that is shown as one line, and as a text when it is opened. */
interface Shown {
  readonly title: string
  readonly text: string
}

const STYLE = 'font-family: monospace; white-space: pre'
let installed = false

/** Shows values as text in the console of a browser; elsewhere it does nothing. `shownOf` knows which, and how. */
export function showInDevTools(shownOf: (value: unknown) => Shown | undefined): void {
  const page = globalThis as { document?: unknown; devtoolsFormatters?: Formatter[] }
  if (installed || page.document === undefined) return
  installed = true
  page.devtoolsFormatters = [
    ...(page.devtoolsFormatters ?? []),
    {
      header: (value) => {
        const shown = shownOf(value)
        return shown ? ['span', {}, shown.title] : null
      },
      hasBody: () => true,
      body: (value) => ['div', { style: STYLE }, shownOf(value)?.text ?? ''],
    },
  ]
}
