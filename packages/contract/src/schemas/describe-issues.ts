import type { z } from 'zod'

/** Maximum number of refused arguments in a message, which bounds its length. */
const MAX_NAMED = 5

/** One sentence for a refused input: what each argument got, and what is expected. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, MAX_NAMED)
    .map((issue) => {
      const path = issue.path
        .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
        .join('')
        .replace(/^\./, '')
      // Its message names the argument itself.
      if (issue.code === 'unrecognized_keys') return path ? `${path}: ${issue.message}` : issue.message
      return `${path || 'input'}: ${issue.message}`
    })
    .join('; ')
}
