// Fails for public names without a docstring that teaches: a sentence for each; for functions, methods and options also an example, which
// check-snippets.ts compiles, their parameters, and what an option is without a value. `@internal` exempts what is not public.
import { Application, ReflectionKind as Kind, TSConfigReader, TypeDocReader } from 'typedoc'

/** Declarations whose properties are options of calls. */
const TAKES_OPTIONS = /(?:Options|Input|Arguments?|Declaration|Selection|Frequency)$/
/** The interface between client and server: its functions need a sentence only, its inputs are options of the client's calls. */
const WIRE = '@stockdb/contract/wire'
const NAMED = Kind.Function | Kind.Class | Kind.Interface | Kind.TypeAlias | Kind.Variable | Kind.Enum

const app = await Application.bootstrapWithPlugins({}, [new TypeDocReader(), new TSConfigReader()])
const project = await app.convert()
if (!project || app.logger.hasErrors()) process.exit(1)

/** @type {string[]} */
const missing = []
const counts = { names: 0, functions: 0, options: 0 }

const tags = (comment, tag) => comment?.blockTags.filter((one) => one.tag === tag) ?? []
const textOf = (parts = []) => parts.map(({ text }) => text).join('')
const hasSentence = (comment) => textOf(comment?.summary).trim() !== ''
const examplesOf = (comment) => textOf(tags(comment, '@example').flatMap(({ content }) => content))

/** A function or method, by one of its signatures. */
function checkSignature(path, { comment, parameters = [] }, isWire, about = comment) {
  counts.functions++
  if (!hasSentence(about)) missing.push(`${path}: a sentence`)
  if (isWire) return
  if (examplesOf(about) === '') missing.push(`${path}: an @example`)
  for (const one of parameters)
    if (!hasSentence(one.comment) && !tags(about, '@param').some(({ name }) => name === one.name))
      missing.push(`${path}: @param ${one.name}`)
}

function checkOption(path, option, owner) {
  const { comment, name, type } = option
  // It only says that another option excludes it.
  if (type?.type === 'intrinsic' && type.name === 'never') return
  counts.options++
  if (!hasSentence(comment)) missing.push(`${path}: a sentence`)
  const shown = examplesOf(comment) !== '' || new RegExp(`\\b${name}\\b`).test(examplesOf(owner.comment))
  if (!shown) missing.push(`${path}: an @example, here or of ${owner.name}`)
  const says = tags(comment, '@default').length > 0 || /\bdefault\b|\bwithout\b/i.test(textOf(comment?.summary))
  if (option.flags.isOptional && !says) missing.push(`${path}: @default, or what holds without it`)
}

/** What a type is made of, as far as it declares properties or methods of its own. */
function membersOf(type, found = []) {
  if (type?.type === 'reflection') found.push(...(type.declaration.children ?? []))
  for (const part of type?.types ?? []) membersOf(part, found)
  if (type?.type === 'conditional') for (const branch of [type.trueType, type.falseType]) membersOf(branch, found)
  return found
}

for (const module of project.children ?? []) {
  const isWire = module.name === WIRE
  for (const named of module.children ?? []) {
    if (!named.kindOf(NAMED) || named.flags.isExternal) continue
    const path = `${module.name} ${named.name}`
    if (named.signatures) {
      for (const signature of named.signatures) checkSignature(path, signature, isWire)
      continue
    }
    counts.names++
    const { comment, type } = named
    const call = type?.type === 'reflection' ? type.declaration.signatures?.[0] : undefined
    if (call && !named.kindOf(Kind.Variable)) checkSignature(path, call, isWire, comment)
    else if (!hasSentence(comment)) missing.push(`${path}: a sentence`)
    const takesOptions = TAKES_OPTIONS.test(named.name)
    for (const member of [...(named.children ?? []), ...membersOf(type)]) {
      // Computed names are hooks of the platform, such as `inspect`.
      if (member.inheritedFrom || member.flags.isExternal || member.name.startsWith('[custom')) continue
      for (const signature of member.kindOf(Kind.Method) ? (member.signatures ?? []) : [])
        checkSignature(`${path}.${member.name}`, signature, isWire)
      if (takesOptions && member.kindOf(Kind.Property)) checkOption(`${path}.${member.name}`, member, named)
    }
  }
}

const unique = [...new Set(missing)]
for (const one of unique) console.error(`docstring of ${one} is missing`)
if (unique.length > 0) process.exitCode = 1
else
  console.log(
    `${counts.names} public names, ${counts.functions} functions and methods and ${counts.options} options are documented`,
  )
