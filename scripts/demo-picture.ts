// Writes docs/images/demo.svg: the chart that "npm run demo" draws, with coordinates rounded to a tenth of a pixel, and without
// accessibility attributes that an image does not need.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, run } from './programs.ts'

const folder = mkdtempSync(join(tmpdir(), 'stockdb-picture-'))
try {
  await run([process.execPath, join('scripts', 'demo.ts'), '--data', folder], 300_000, new AbortController().signal)
  const svg = readFileSync(join(folder, 'momentum.svg'), 'utf8')
    .replace(/^<svg[^>]*>/, (tag) => `${tag}<title>A momentum strategy and an index of the synthetic market</title>`)
    .replaceAll(/ (?:aria-[a-z]+|role|pointer-events)="[^"]*"/g, '')
    .replaceAll(/ (?:d|transform|[xy][12]?)="[^"]*"/g, (attribute) =>
      attribute.replaceAll(/-?\d+\.\d{2,}/g, (number) => String(Math.round(Number(number) * 10) / 10)),
    )
  mkdirSync(join(root, 'docs', 'images'), { recursive: true })
  writeFileSync(join(root, 'docs', 'images', 'demo.svg'), svg)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
