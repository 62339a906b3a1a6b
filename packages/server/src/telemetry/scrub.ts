/** A quick test: most lines contain no secret, and pay only for this. */
const SUSPECT = /:\/\/|bearer|authorization|password|passwd|secret|token|stockdb_/i

const rules: readonly (readonly [RegExp, string])[] = [
  // A token created by this server.
  [/stockdb_[0-9a-f]{16}_[\w-]{43}/g, 'stockdb_***'],
  // The password of an address: scheme://user:password@host
  [/([a-z][a-z0-9+.-]*:\/\/[^:/@\s"\\]*):[^/\s"\\]*@/gi, '$1:***@'],
  [/\b(bearer|basic)\s+[^\s"\\,]+/gi, '$1 ***'],
  // A member of an object in a JSON line.
  [
    /("(?:[\w-]*authorization|[\w-]*password|passwd|[\w-]*secret|token)":)(?:"(?:[^"\\]|\\.)*"|[^,}\]\s]+)/gi,
    '$1"***"',
  ],
  // A setting, as in a command line or a query string.
  [/\b((?:password|passwd|secret|token)[=:]\s*)[^\s"&,;\\]+/gi, '$1***'],
]

/**
 * Removes secrets from a log line: passwords in addresses, credentials of `Authorization`, and members and settings
 * named for secrets. It works on the finished line, because messages of others contain secrets too.
 */
export function scrub(line: string): string {
  if (!SUSPECT.test(line)) return line
  return rules.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), line)
}
