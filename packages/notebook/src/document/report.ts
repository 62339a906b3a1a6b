import hljs from 'highlight.js/lib/core'
import typescript from 'highlight.js/lib/languages/typescript'
import { marked } from 'marked'
import type { RunCellResult } from '../run-notebook.ts'
import { escapeHtml } from './escape-html.ts'
import type { Output } from './output.ts'
import { STYLE } from './style.ts'

hljs.registerLanguage('typescript', typescript)

/** What a report says besides its cells. */
export interface ReportHead {
  readonly title: string
  /** The file that it was made from. */
  readonly source: string
  readonly madeAt: Date
}

/** A page that needs nothing from anywhere else: text, code, tables and charts. `script` is added for a page that reloads. */
export function reportHtml(
  { title, source, madeAt }: ReportHead,
  cells: readonly RunCellResult[],
  script = '',
): string {
  const made = `${escapeHtml(source)}, ${madeAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${cells.map(cellHtml).join('\n')}
<footer>${made}</footer>
</main>${script && `\n<script>${script}</script>`}
</body>
</html>
`
}

function cellHtml({ cell, result }: RunCellResult): string {
  if (cell.kind === 'markdown') return `<section class="text">${marked.parse(cell.source, { async: false })}</section>`
  const code = hljs.highlight(cell.source.trim(), { language: 'typescript' }).value
  const outputs = result?.outputs.map(outputHtml).join('\n') ?? ''
  const note = result?.status === 'skipped' ? '<p class="note">not run: a cell above failed</p>' : ''
  return `<section class="code ${result?.status ?? ''}"><pre class="source"><code>${code}</code></pre>${outputs}${note}</section>`
}

function outputHtml(output: Output): string {
  switch (output.kind) {
    case 'text':
      return `<pre class="output">${escapeHtml(output.text.trimEnd())}</pre>`
    case 'html':
      return `<div class="output table">${output.html}</div>`
    case 'svg':
      return `<figure class="output">${output.svg}</figure>`
    case 'error':
      return `<pre class="output error">${escapeHtml(output.text)}</pre>`
  }
}
