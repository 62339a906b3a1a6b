/** Rights that reach outside the database or to other accounts; listed first. */
const WORST = ['ALL PRIVILEGES', 'FILE', 'SUPER', 'GRANT OPTION', 'CREATE USER', 'SHUTDOWN', 'DROP', 'DELETE']

/**
 * Rights beyond what stockdb needs, from SHOW GRANTS: rights on all databases, including files, other accounts and
 * passwords, and rights that it could grant to others. The worst come first.
 */
export function excessRights(grants: readonly string[]): readonly string[] {
  const excess = new Set<string>()
  for (const grant of grants) {
    const [, rights, scope] = /^grant (.+?) on (\S+) to /i.exec(grant) ?? []
    if (rights === undefined) continue
    for (const right of rights.replace(/\([^)]*\)/g, '').split(',')) {
      const name = right.trim().toUpperCase()
      // PROCESS is needed to see the temporary files of its queries.
      if (name === 'USAGE' || (name === 'PROCESS' && scope === '*.*')) continue
      if (scope === '*.*') excess.add(`${name} on all databases`)
      else if (name === 'ALL PRIVILEGES') excess.add(`${name} on ${scope}`)
    }
    if (/ with grant option\b/i.test(grant)) excess.add('GRANT OPTION')
  }
  return [...excess].sort((a, b) => rank(a) - rank(b))
}

function rank(right: string): number {
  const place = WORST.findIndex((name) => right.startsWith(name))
  return place < 0 ? WORST.length : place
}
