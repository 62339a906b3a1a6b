import { type Point, qfqPanel } from './qfq-panel.ts'
import { type Addresses, cannot, type Side } from './side.ts'
import { statementsOf } from './statements.ts'

/** The design that stockdb replaces: SQL posted to a Python server, which answers with a two-dimensional array as JSON. */
export async function replaced({ replaced: url }: Addresses): Promise<Side> {
  const ask = async (sql: string): Promise<unknown[][]> => {
    const response = await fetch(url as string, { method: 'POST', body: JSON.stringify({ f: 'sql2array', p1: sql }) })
    if (!response.ok) throw new Error(`the Python server answered ${response.status}`)
    return (await response.json()) as unknown[][]
  }
  return {
    async run(call) {
      if (call.kind === 'everything') return cannot('replaced', call)
      const answers: unknown[][][] = []
      for (const { sql, values } of statementsOf(call)) {
        let place = 0
        answers.push(await ask(sql.replaceAll('?', () => `'${values[place++]}'`)))
      }
      if (call.kind === 'panel') return qfqPanel(answers[0] as unknown as Point[], answers[1] as unknown as Point[])
      return answers[0]?.length ?? 0
    },
  }
}
