import type { Dataset, Field } from '@stockdb/contract'
import { show, TEXT_LENGTH } from '@stockdb/contract/internal'

type Defined = Pick<Dataset, 'fields'>

/** Where a definition conflicts with the existing one, field by field; descriptions may differ. */
export function conflictsOf(there: Defined, given: Defined): string[] {
  const names = [...new Set([...Object.keys(there.fields), ...Object.keys(given.fields)])]
  return names.flatMap((name) => {
    const [old, wanted] = [there.fields[name], given.fields[name]]
    if (!old) return [`${name}: got a field of type ${wanted?.type}; the factor has none of this name`]
    if (!wanted) return [`${name}: is missing; the factor has it`]
    return aspects.flatMap(([aspect, of]) =>
      of(old) === of(wanted) ? [] : [`${name}: got ${aspect} ${show(of(wanted))}; the factor has ${show(of(old))}`],
    )
  })
}

const aspects: readonly (readonly [string, (field: Field) => unknown])[] = [
  ['type', ({ type }) => type],
  ['nullable', ({ nullable }) => nullable],
  ['unit', ({ unit }) => unit ?? null],
  ['length', ({ type, length = TEXT_LENGTH }) => (type === 'text' ? length : null)],
]
