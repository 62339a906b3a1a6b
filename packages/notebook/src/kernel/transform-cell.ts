import { stripTypeScriptTypes } from 'node:module'
import {
  type ClassDeclaration,
  type ExportDefaultDeclaration,
  type ImportDeclaration,
  type ModuleDeclaration,
  type Pattern,
  parse,
  type Statement,
  type VariableDeclaration,
} from 'acorn'
import { simple } from 'acorn-walk'
import MagicString from 'magic-string'

/** A cell as a script: an async function that is called at once, and the variables that it shares with later cells. */
export interface CellScript {
  readonly code: string
  readonly variables: readonly string[]
}

/** Where a cell comes from: what `import.meta` is in it. */
export interface CellOrigin {
  readonly url: string
  readonly filename: string
  readonly dirname: string
}

/**
 * Turns the TypeScript of a cell into a script. Its top-level declarations become global variables, so that later cells see
 * them, and so does a second run of the same cell; imports become dynamic imports; the value of the last expression is the
 * result. Lines stay where they are.
 *
 * @throws `SyntaxError` for what cannot be parsed, or is not erasable TypeScript, such as an enum
 */
export function transformCell(source: string, origin: CellOrigin): CellScript {
  const code = stripTypeScriptTypes(source, { mode: 'strip' })
  const { body } = parse(code, { ecmaVersion: 'latest', sourceType: 'module' })
  const edited = new MagicString(code)
  const variables: string[] = []
  const functions: string[] = []

  const edit = (statement: Statement | ModuleDeclaration, last: boolean): void => {
    switch (statement.type) {
      case 'ImportDeclaration':
        variables.push(...editImport(edited, statement))
        break
      case 'VariableDeclaration':
        variables.push(...editVariables(edited, statement))
        break
      case 'FunctionDeclaration':
        functions.push(statement.id.name)
        break
      case 'ClassDeclaration':
        variables.push(editClass(edited, statement))
        break
      case 'ExportNamedDeclaration':
        if (statement.declaration) {
          edited.remove(statement.start, statement.declaration.start)
          edit(statement.declaration, false)
        } else edited.remove(statement.start, statement.end)
        break
      case 'ExportDefaultDeclaration':
        editDefaultExport(edited, statement)
        break
      case 'ExportAllDeclaration':
        edited.remove(statement.start, statement.end)
        break
      case 'ExpressionStatement':
        if (!last) break
        edited.prependLeft(statement.start, 'return (')
        edited.appendRight(statement.expression.end, ')')
        break
    }
  }
  for (const [index, statement] of body.entries()) edit(statement, index === body.length - 1)
  simple({ type: 'Program', body, sourceType: 'module', start: 0, end: code.length } as never, {
    MetaProperty(node) {
      if (node.meta.name === 'import') edited.overwrite(node.start, node.end, `(${JSON.stringify(origin)})`)
    },
  })
  // A function can be called before the line that declares it.
  const hoisted = functions.map((name) => `globalThis.${name} = ${name};`).join('')
  return {
    code: `(async () => { 'use strict'; ${hoisted}${edited.toString()}\n})()`,
    variables: [...variables, ...functions],
  }
}

/** `import a, { b as c } from 'x'` as assignments. */
function editImport(edited: MagicString, { start, end, source, specifiers }: ImportDeclaration): string[] {
  const from = `await import(${JSON.stringify(source.value)})`
  const names: string[] = []
  const members: string[] = []
  let whole: string | undefined
  for (const specifier of specifiers) {
    const local = specifier.local.name
    names.push(local)
    if (specifier.type === 'ImportNamespaceSpecifier') whole = local
    else if (specifier.type === 'ImportDefaultSpecifier') members.push(`default: ${local}`)
    else {
      const { imported } = specifier
      members.push(`${imported.type === 'Identifier' ? imported.name : JSON.stringify(imported.value)}: ${local}`)
    }
  }
  const parts = [
    ...(whole === undefined ? [] : [`${whole} = ${from};`]),
    ...(members.length === 0 ? [] : [`({ ${members.join(', ')} } = ${whole ?? from});`]),
  ]
  replaceKeepingLines(edited, start, end, parts.length === 0 ? `${from};` : parts.join(' '))
  return names
}

/** `const a = 1, { b } = c` as `;(a = 1, { b } = c);` */
function editVariables(edited: MagicString, { start, declarations }: VariableDeclaration): string[] {
  const [first, last] = [declarations[0], declarations.at(-1)]
  if (!first || !last) return []
  edited.overwrite(start, first.start, ';(')
  for (const { id, init } of declarations) if (!init) edited.appendLeft(id.end, ' = undefined')
  edited.appendLeft(last.end, ');')
  return declarations.flatMap(({ id }) => namesIn(id))
}

function editClass(edited: MagicString, { start, end, id }: ClassDeclaration): string {
  edited.prependLeft(start, `${id.name} = `)
  edited.appendLeft(end, ';')
  return id.name
}

function editDefaultExport(edited: MagicString, { start, declaration }: ExportDefaultDeclaration): void {
  edited.overwrite(start, declaration.start, 'void ')
}

/** Names that a pattern such as `{ a, b: [c, ...d] }` declares. */
function namesIn(pattern: Pattern): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name]
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        namesIn(property.type === 'RestElement' ? property.argument : property.value),
      )
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element ? namesIn(element) : []))
    case 'RestElement':
      return namesIn(pattern.argument)
    case 'AssignmentPattern':
      return namesIn(pattern.left)
    default:
      return []
  }
}

function replaceKeepingLines(edited: MagicString, start: number, end: number, by: string): void {
  const lines = edited.original.slice(start, end).split('\n').length - 1
  edited.overwrite(start, end, by + '\n'.repeat(lines))
}
