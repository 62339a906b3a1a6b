import type { Cell } from './cells.ts'

/** The cells as a notebook for Jupyter (nbformat 4.5) with Deno's kernel, without outputs. */
export function ipynbOf(cells: readonly Cell[]): string {
  const notebook = {
    cells: cells.map(({ kind, source }, index) => ({
      cell_type: kind,
      id: `cell-${index + 1}`,
      metadata: {},
      source: source.trim().split(/(?<=\n)/),
      ...(kind === 'code' ? { execution_count: null, outputs: [] } : {}),
    })),
    metadata: {
      kernelspec: { display_name: 'Deno', language: 'typescript', name: 'deno' },
      language_info: { file_extension: '.ts', mimetype: 'text/x.typescript', name: 'typescript' },
    },
    nbformat: 4,
    nbformat_minor: 5,
  }
  return `${JSON.stringify(notebook, undefined, 1)}\n`
}
