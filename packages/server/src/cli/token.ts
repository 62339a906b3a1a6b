import { FACTOR_FORM, MS_PER_DAY, type Scope, scopes } from '@stockdb/contract/internal'
import { Command, InvalidArgumentError, Option } from 'commander'
import { isUsable, makeToken, RESERVED_TOKEN_NAMES, type StoredToken, TOKEN_NAME_FORM } from '../access/token.ts'
import { changeTokens, readTokens } from '../access/token-file.ts'
import { type ConfigOptions, catalogueOf, configOption } from './catalogue-file.ts'
import { dataOption, type TokensOptions, tokensFile, tokensOption } from './options.ts'

const UNITS: Readonly<Record<string, number>> = { d: MS_PER_DAY, h: MS_PER_DAY / 24, m: MS_PER_DAY / 24 / 60 }

export function tokenCommand(): Command {
  const command = new Command('token').description('Manage access tokens. A running server applies changes at once.')
  command
    .command('create')
    .description('Create a token. Its secret is printed once, alone on the last line, and not stored.')
    .addOption(nameOption())
    .addOption(
      new Option('--scopes <list>', `what it may do, separated by commas: ${scopes.join(', ')}`)
        .makeOptionMandatory()
        .argParser(parseScopes),
    )
    .addOption(
      new Option('--datasets <list>', 'datasets of the catalogue that it may read and write; all by default').argParser(
        parseDatasets,
      ),
    )
    .addOption(
      new Option(
        '--factors <list>',
        'factors that it may define, read and write besides --datasets, also before they exist',
      ).argParser(parseFactors),
    )
    .addOption(
      new Option('--expires <time>', 'how long it is valid, such as 90d, 12h or 30m; forever by default').argParser(
        parseExpiry,
      ),
    )
    .addOption(configOption())
    .addOption(dataOption())
    .addOption(tokensOption())
    .action(create)
  command
    .command('list')
    .description('List all tokens, without their secrets.')
    .addOption(dataOption())
    .addOption(tokensOption())
    .action(list)
  command
    .command('revoke')
    .description('Revoke a token permanently. Its name can be used again.')
    .addOption(nameOption())
    .addOption(dataOption())
    .addOption(tokensOption())
    .action(revoke)
  return command
}

const nameOption = (): Option => new Option('--name <name>', 'name of its bearer in logs').makeOptionMandatory()

interface CreateOptions extends TokensOptions, ConfigOptions {
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly datasets?: readonly string[]
  readonly factors?: readonly string[]
  readonly expires?: Date
}

async function create(options: CreateOptions): Promise<void> {
  const { name, expires, factors = [] } = options
  if (!TOKEN_NAME_FORM.test(name) || RESERVED_TOKEN_NAMES.includes(name)) {
    throw new Error(
      `--name: got "${name}"; expected up to 64 letters, digits and . _ @ -, and neither ${RESERVED_TOKEN_NAMES.join(' nor ')}`,
    )
  }
  if (options.datasets) await requireKnown(options.datasets, options)
  else if (factors.length > 0)
    throw new Error('--factors: got it without --datasets; expected both, or neither for all datasets and factors')
  const datasets = options.datasets && [...new Set([...options.datasets, ...factors])]
  const now = new Date()
  const { secret, token } = makeToken({ name, scopes: options.scopes, datasets, expiresAt: expires }, now)
  await changeTokens(tokensFile(options), (tokens) => {
    const known = tokens.find((other) => other.name === name)
    if (known && isUsable(known, now)) {
      throw new Error(`there is already a token "${name}"; "stockdb token revoke --name ${name}" revokes it`)
    }
    return [...tokens.filter((other) => other !== known), token]
  })
  process.stdout.write(`token ${describe(token, now)}\nthe secret, shown only once:\n${secret}\n`)
}

async function list(options: TokensOptions): Promise<void> {
  const tokens = readTokens(tokensFile(options))
  const now = new Date()
  process.stdout.write(
    tokens.length === 0 ? 'no tokens\n' : tokens.map((token) => `${describe(token, now)}\n`).join(''),
  )
}

async function revoke(options: TokensOptions & { readonly name: string }): Promise<void> {
  const { name } = options
  await changeTokens(tokensFile(options), (tokens) => {
    if (!tokens.some((token) => token.name === name)) {
      throw new Error(`--name: there is no token "${name}"; "stockdb token list" shows all`)
    }
    const revokedAt = new Date().toISOString()
    return tokens.map((token) => (token.name === name ? { revokedAt, ...token } : token))
  })
  process.stdout.write(`token ${name} revoked\n`)
}

function describe(token: StoredToken, now: Date): string {
  const { name, datasets, createdAt, expiresAt, revokedAt } = token
  const end =
    revokedAt !== undefined
      ? `revoked ${revokedAt}`
      : expiresAt === undefined
        ? 'does not expire'
        : `${isUsable(token, now) ? 'expires' : 'expired'} ${expiresAt}`
  return [name, token.scopes.join(','), datasets?.join(',') ?? 'all datasets', `created ${createdAt}`, end].join('  ')
}

function words(text: string): string[] {
  return [...new Set(text.split(',').map((word) => word.trim()))].filter((word) => word !== '')
}

function parseScopes(text: string): readonly Scope[] {
  const wanted = words(text)
  const known = scopes.filter((scope) => wanted.includes(scope))
  if (wanted.length > 0 && known.length === wanted.length) return known
  throw new InvalidArgumentError(`Expected one or more of ${scopes.join(', ')}, separated by commas.`)
}

/** A token for an unknown dataset would allow nothing. */
async function requireKnown(names: readonly string[], options: ConfigOptions): Promise<void> {
  const catalogue = await catalogueOf(options)
  const unknown = names.find((name) => !Object.hasOwn(catalogue, name))
  if (unknown === undefined) return
  const whose = options.config === undefined ? "Tushare's (--config names a catalogue of your own)" : options.config
  throw new Error(
    `--datasets: got "${unknown}", which is not a dataset of ${whose}; expected some of ${Object.keys(catalogue).join(', ')}; factors go into --factors`,
  )
}

function parseDatasets(text: string): readonly string[] {
  const names = words(text)
  if (names.length > 0) return names
  throw new InvalidArgumentError('Expected names of datasets, such as daily,adj_factor.')
}

function parseFactors(text: string): readonly string[] {
  const names = words(text)
  if (names.length > 0 && names.every((name) => FACTOR_FORM.test(name))) return names
  throw new InvalidArgumentError('Expected names of factors, such as my_alpha,my_beta.')
}

function parseExpiry(text: string): Date {
  const [, count, unit = ''] = /^([1-9]\d{0,5})([dhm])$/.exec(text) ?? []
  if (count === undefined) throw new InvalidArgumentError('Expected a time such as 90d, 12h or 30m.')
  return new Date(Date.now() + Number(count) * (UNITS[unit] ?? MS_PER_DAY))
}
