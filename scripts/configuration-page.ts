// Writes docs/configuration.md from the command line and bounds/settings.ts; with --check it only checks that the page
// is current.
import { settingText } from '../packages/server/src/bounds/setting-text.ts'
import { environmentVariable, type Setting, settings, settingsByName } from '../packages/server/src/bounds/settings.ts'
import { demoCommand } from '../packages/server/src/cli/demo.ts'
import { grantsCommand } from '../packages/server/src/cli/grants.ts'
import { importCommand } from '../packages/server/src/cli/import.ts'
import { initCommand } from '../packages/server/src/cli/init.ts'
import { introspectCommand } from '../packages/server/src/cli/introspect.ts'
import { memoryCommand } from '../packages/server/src/cli/memory.ts'
import { migrateCommand } from '../packages/server/src/cli/migrate.ts'
import { serveCommand } from '../packages/server/src/cli/serve.ts'
import { tokenCommand } from '../packages/server/src/cli/token.ts'
import { cell, writeOrCheck } from './generated-page.ts'

const commands = [
  serveCommand(),
  migrateCommand(),
  importCommand(),
  introspectCommand(),
  tokenCommand(),
  memoryCommand(),
  grantsCommand(),
  demoCommand(),
  initCommand(),
]

type Command = ReturnType<typeof serveCommand>
type Option = Command['options'][number]

const limitFlags = new Set(settingsByName.map(([, { flag }]) => `--${flag}`))
const isLimit = ({ long }: Option): boolean => limitFlags.has(long ?? '')

function defaultOf({ defaultValue, defaultValueDescription }: Option): string {
  if (defaultValueDescription !== undefined) return defaultValueDescription
  return defaultValue === undefined || defaultValue === false ? '' : `\`${String(defaultValue)}\``
}

const optionRow = (option: Option): string =>
  `| \`${cell(option.flags)}\` | ${option.envVar ? `\`${option.envVar}\`` : ''} | ${defaultOf(option)} | ${cell(option.description)} |`

const optionTable = (options: readonly Option[]): string =>
  ['| option | environment | default | |', '|---|---|---|---|', ...options.map(optionRow)].join('\n')

function section(command: Command, level: number, name = `stockdb ${command.name()}`): string {
  const parameters = command.registeredArguments.map(
    (argument) => ` ${argument.name().toUpperCase()}${argument.variadic ? '...' : ''}`,
  )
  return [
    `${'#'.repeat(level)} ${name}${parameters.join('')}`,
    command.description(),
    ...(command.options.length > 0 ? [optionTable(command.options.filter((option) => !isLimit(option)))] : []),
    ...command.commands.map((child) => section(child, level + 1, `${name} ${child.name()}`)),
  ].join('\n\n')
}

/** Adds the unit to a bare number of milliseconds. */
const withUnit = (text: string, unit: Setting['unit']): string =>
  unit === 'ms' && /^[1-9]\d*$/.test(text) ? `${text}ms` : text

function limitRow({ unit, min, max, description, ...setting }: Setting): string {
  const [usual, least, most] = [setting.default, min, max].map((value) => withUnit(settingText(unit, value), unit))
  return `| \`--${setting.flag}\` | \`${environmentVariable({ unit, min, max, description, ...setting })}\` | ${usual} | ${least} to ${most} | ${cell(description)} |`
}

function limits(group: string): string {
  const rows = Object.values<Setting>(settings).filter((setting) => setting.group === group)
  return [
    `### ${group.replace(/:$/, '')}`,
    '',
    '| option | environment | default | accepted | |',
    '|---|---|---|---|---|',
    ...rows.map(limitRow),
  ].join('\n')
}

const groups = [...new Set(Object.values<Setting>(settings).map(({ group }) => group))]

const text = `# Configuration

Every option of the command line, with its environment variable. \`npm run docs:configuration\` generates this page from the
commands and from \`packages/server/src/bounds/settings.ts\`; \`stockdb COMMAND --help\` shows the same.

An option on the command line takes precedence over its environment variable. \`--database\` takes
\`mysql://user:password@host:port/database\` (MySQL 8.0 or later, MariaDB 10.6 or later) or \`sqlite:path/to/file.db\`. Append
\`?ssl-mode=REQUIRED\` to encrypt the connection, or \`?ssl-mode=VERIFY_IDENTITY\` to check the certificate too. Without
\`--database\`, commands use the SQLite file in the data folder.

OpenTelemetry has no options here: its own variables (\`OTEL_EXPORTER_OTLP_ENDPOINT\`, …) apply, see
[operations](operations.md#traces). Options of the client are in the [guide](guide.md#connect).

${section(commands[0] as Command, 2)}

Every limit below is an option of \`serve\` as well.

## Limits

Everything a client can make grow has a limit. A call beyond a limit is refused before any work is done, with 429
(\`RATE_LIMITED\`: this caller does too much) or 503 (\`OVERLOADED\`: all callers together do), and with \`Retry-After\`. The client
retries by itself. A call is *heavy* if it is estimated to read more than \`--heavy-rows\` rows, or a tenth of that in
JSON; light calls and \`/healthz\` continue while heavy ones wait or are refused.

If you set only one of \`--max-memory\` and \`--kill-memory\`, the other is adjusted; if you set both, \`--max-memory\` must not
be above \`--kill-memory\`. Bytes are written \`65536\`, \`64KB\`, \`256MB\` or \`2GB\`; times are milliseconds or \`250ms\`, \`10s\`, \`5min\`, \`1h\`.

${groups.map(limits).join('\n\n')}

## Other commands

${commands
  .slice(1)
  .map((command) => section(command, 3))
  .join('\n\n')}
`

writeOrCheck('configuration.md', text, 'docs:configuration')
