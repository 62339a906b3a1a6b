/** What may be in a line at all; most lines hold none of it, and this is all that they pay. */
const SUSPECT = /:\/\/|bearer|authorization|password|passwd|secret|token|stockdb_/i

const rules: readonly (readonly [RegExp, string])[] = [
  // A token of this server's own making.
  [/stockdb_[0-9a-f]{16}_[\w-]{43}/g, 'stockdb_***'],
  // The password of an address: scheme://user:password@host
  [/([a-z][a-z0-9+.-]*:\/\/[^:/@\s"\\]*):[^/\s"\\]*@/gi, '$1:***@'],
  [/\b(bearer|basic)\s+[^\s"\\,]+/gi, '$1 ***'],
  // A member of an object, as it stands in a line of JSON.
  [
    /("(?:[\w-]*authorization|[\w-]*password|passwd|[\w-]*secret|token)":)(?:"(?:[^"\\]|\\.)*"|[^,}\]\s]+)/gi,
    '$1"***"',
  ],
  // A setting, as in a command line or a query string.
  [/\b((?:password|passwd|secret|token)[=:]\s*)[^\s"&,;\\]+/gi, '$1***'],
]

/**
 * Takes secrets out of a line of the log: passwords in addresses, credentials of `Authorization`, members and settings
 * named for secrets. It looks at the finished line, because secrets come in the messages of others as well.
 */
export function scrub(line: string): string {
  if (!SUSPECT.test(line)) return line
  return rules.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), line)
}
