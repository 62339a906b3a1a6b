import { describe, expect, it } from 'vitest'
import { excessRights } from '../../src/engine/mysql/excess-rights.ts'

describe('an account with excess rights', () => {
  it.each([
    [
      'GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` IDENTIFIED VIA unix_socket WITH GRANT OPTION',
      ['ALL PRIVILEGES on all databases', 'GRANT OPTION'],
    ],
    [
      "GRANT FILE ON *.* TO `a`@`%` IDENTIFIED BY PASSWORD '*94BDCEBE19083CE2A1F959FD02F964C7AF4CFC29'",
      ['FILE on all databases'],
    ],
    ['GRANT SELECT, SUPER ON *.* TO `a`@`%`', ['SUPER on all databases', 'SELECT on all databases']],
    [
      'GRANT SYSTEM_VARIABLES_ADMIN,XA_RECOVER_ADMIN ON *.* TO `a`@`%`',
      ['SYSTEM_VARIABLES_ADMIN on all databases', 'XA_RECOVER_ADMIN on all databases'],
    ],
    ['GRANT ALL PRIVILEGES ON `stocks`.* TO `a`@`%`', ['ALL PRIVILEGES on `stocks`.*']],
    ['GRANT SELECT ON `stocks`.`daily` TO `a`@`%` WITH GRANT OPTION', ['GRANT OPTION']],
  ])('is recognised by %s', (grant, rights) => {
    expect(excessRights([grant])).toEqual(rights)
  })

  it('is not one with the rights to read, write and migrate', () => {
    expect(
      excessRights([
        'GRANT USAGE ON *.* TO `a`@`%`',
        'GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER ON `stocks`.* TO `a`@`%`',
        'GRANT SELECT (`a`, `b`), INSERT ON `stocks`.`daily` TO `a`@`%`',
      ]),
    ).toEqual([])
  })
})
