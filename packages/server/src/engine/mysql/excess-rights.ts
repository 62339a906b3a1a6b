/**
 * What an account may do beyond what stockdb ever needs, out of the lines of SHOW GRANTS: rights on all databases, which
 * include those to files, to other accounts and to passwords, and rights that it could hand on.
 */
export function excessRights(grants: readonly string[]): readonly string[] {
  const excess = new Set<string>()
  for (const grant of grants) {
    const [, rights, scope] = /^grant (.+?) on (\S+) to /i.exec(grant) ?? []
    if (rights === undefined) continue
    for (const right of rights.replace(/\([^)]*\)/g, '').split(',')) {
      const name = right.trim().toUpperCase()
      if (name === 'USAGE') continue
      if (scope === '*.*') excess.add(`${name} on all databases`)
      else if (name === 'ALL PRIVILEGES') excess.add(`${name} on ${scope}`)
    }
    if (/ with grant option\b/i.test(grant)) excess.add('GRANT OPTION')
  }
  return [...excess]
}
