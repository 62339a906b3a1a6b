import type { PlanLine } from '../engine.ts'

interface Step {
  readonly name: string
  readonly children: readonly Step[]
  readonly extra_info: Readonly<Record<string, unknown>>
}

/** The steps of a plan, outermost first: names, tables and numbers of rows. Everything else in DuckDB's output contains values. */
export function planLines(json: string): readonly PlanLine[] {
  const lines: PlanLine[] = []
  const visit = ({ name, children, extra_info: { Table: table, 'Estimated Cardinality': rows } }: Step): void => {
    lines.push({
      step: name.trim(),
      ...(typeof table === 'string' ? { table: table.split('.').at(-1) } : {}),
      ...(rows === undefined ? {} : { rows: Number(rows) }),
    })
    for (const child of children) visit(child)
  }
  for (const step of JSON.parse(json) as Step[]) visit(step)
  return lines
}
