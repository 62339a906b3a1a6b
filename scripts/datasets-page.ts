// Writes docs/datasets.md from the declarations of the datasets; with --check it only checks that the page is current.
import { type Dataset, tushare } from '@stockdb/contract'
import { fieldsUnknownAsOf, readsOf } from '@stockdb/contract/internal'
import { cell, names, writeOrCheck } from './generated-page.ts'

/** The calls of a dataset. */
function questions(dataset: Dataset): string {
  // The client's \`stream\` is its \`range\` in batches.
  const calls = readsOf(dataset).flatMap((name) => (name === 'range' ? ['range', 'stream'] : [name]))
  const options = [
    ...(dataset.adjustment ? [`\`adjust\` by \`${dataset.adjustment.dataset}\``] : []),
    ...(dataset.bars ? ['`freq`'] : []),
  ]
  return `${names(calls)}${options.length > 0 ? `; with ${options.join(' and ')}` : ''}`
}

/** Describes when its rows were known. */
function knowledge({ pointInTime, date }: Dataset): string {
  switch (pointInTime?.kind) {
    case 'announced':
      return `on ${pointInTime.actual ? `\`${pointInTime.actual}\`, else ` : ''}\`${pointInTime.announced}\`${pointInTime.supersedes === false ? ', each row beside the others' : ''}`
    case 'published':
      return `on \`${date}\`, until the next publication`
    case 'interval':
      return `from \`${pointInTime.from}\` to \`${pointInTime.to}\`, that day ${pointInTime.endInclusive ? 'included' : 'not included'}; as of a date ${names(fieldsUnknownAsOf(pointInTime))} ${pointInTime.currentOnly ? 'were' : 'was'} not known: null in \`asOf\`, refused by \`screen\``
    case 'next-day':
      return `on the morning after \`${date}\``
    case 'current':
      return `today only, but for ${names(pointInTime.immutable)}, which never change`
    case undefined:
      return date === undefined ? 'always' : `at the end of \`${date}\``
  }
}

function section(dataset: Dataset): string {
  const fields = Object.entries(dataset.fields).map(
    ([name, { type, nullable, unit, description }]) =>
      `| \`${name}\` | ${type}${nullable ? '' : ', never null'} | ${cell(unit ?? '')} | ${cell(description)} |`,
  )
  return [
    `## ${dataset.name}`,
    '',
    `${dataset.description}.`,
    '',
    `- key: ${names(dataset.key)}`,
    `- symbol: ${dataset.symbol ? names([dataset.symbol]) : 'none'}; date: ${dataset.date ? names([dataset.date]) : 'none'}`,
    `- answers: ${questions(dataset)}`,
    `- known: ${knowledge(dataset)}`,
    '',
    '| field | type | unit | |',
    '|---|---|---|---|',
    ...fields,
    '',
  ].join('\n')
}

const datasets: readonly Dataset[] = Object.values(tushare)
const text = `# Datasets

Tushare's tables with Tushare's names, units and keys. Generated from their declarations in
\`packages/contract/src/tushare\` by \`npm run docs:datasets\`.

| dataset | fields | |
|---|---|---|
${datasets.map(({ name, description, fields }) => `| [\`${name}\`](#${name}) | ${Object.keys(fields).length} | ${cell(description)} |`).join('\n')}

${datasets.map(section).join('\n')}`

writeOrCheck('datasets.md', text, 'docs:datasets')
