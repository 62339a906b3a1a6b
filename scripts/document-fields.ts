// Writes the descriptions of datasets and their fields into the emitted types for editors: the declarations are
// values, whose texts do not reach a `.d.ts`. Runs after tsc; idempotent.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Dataset } from '@stockdb/contract'
import { parseSync, Visitor } from 'oxc-parser'

const dist = fileURLToPath(new URL('../packages/contract/dist', import.meta.url))

/** A line that this script documented before. Comments from the sources are on separate lines and are kept. */
const documented = /^(\s+)\/\*\* .* \*\/ (?=\S)/gm

const comment = (...parts: readonly (string | undefined)[]): string =>
  `/** ${parts
    .filter((part) => part !== undefined)
    .join(' · ')
    .replaceAll('*/', '*\u200b/')} */ `

/** The comment of a field: its description and, for a number, its unit. */
const fieldComment = ({ description, unit }: Dataset['fields'][string]): string => comment(description, unit)

/** The comment of a dataset: its description and its key. */
const datasetComment = ({ description, key }: Dataset): string => comment(description, `one row per ${key.join(', ')}`)

/** Puts a comment before each dataset and each field in the text of a `.d.ts`, on its line, so that source maps hold. */
function document(text: string, datasets: Readonly<Record<string, Dataset>>): string {
  const bare = text.replace(documented, '$1')
  const inserts: { readonly at: number; readonly comment: string }[] = []
  const visitor = new Visitor({
    TSPropertySignature(member) {
      const dataset = 'name' in member.key ? datasets[String(member.key.name)] : undefined
      const type = member.typeAnnotation?.typeAnnotation
      if (!dataset || type?.type !== 'TSTypeLiteral') return
      const named = type.members.some(
        (one) => one.type === 'TSPropertySignature' && 'name' in one.key && one.key.name === 'fields',
      )
      if (named) inserts.push({ at: member.start, comment: datasetComment(dataset) })
    },
    TSTypeLiteral({ members }) {
      const typeOf = (name: string) =>
        members.find((one) => one.type === 'TSPropertySignature' && 'name' in one.key && one.key.name === name)
      const [named, fields] = [typeOf('name'), typeOf('fields')]
      if (named?.type !== 'TSPropertySignature' || fields?.type !== 'TSPropertySignature') return
      const [name, record] = [named.typeAnnotation?.typeAnnotation, fields.typeAnnotation?.typeAnnotation]
      if (name?.type !== 'TSLiteralType' || name.literal.type !== 'Literal' || record?.type !== 'TSTypeLiteral') return
      const dataset = datasets[String(name.literal.value)]
      for (const member of record.members) {
        if (member.type !== 'TSPropertySignature' || !('name' in member.key)) continue
        const field = dataset?.fields[String(member.key.name)]
        if (field) inserts.push({ at: member.start, comment: fieldComment(field) })
      }
    },
  })
  visitor.visit(parseSync('datasets.d.ts', bare).program)
  return inserts
    .sort((a, b) => b.at - a.at)
    .reduce((result, { at, comment }) => result.slice(0, at) + comment + result.slice(at), bare)
}

const { tushare } = (await import(pathToFileURL(join(dist, 'index.js')).href)) as typeof import('@stockdb/contract')
const folder = join(dist, 'tushare')
for (const file of readdirSync(folder).filter((name) => name.endsWith('.d.ts'))) {
  const path = join(folder, file)
  const before = readFileSync(path, 'utf8')
  const after = document(before, tushare)
  if (after !== before) writeFileSync(path, after)
}
