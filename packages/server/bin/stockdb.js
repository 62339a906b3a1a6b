#!/usr/bin/env node
// Checked before anything is loaded: on an older Node the first import would fail with a stack and no reason.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`stockdb: needs Node 22.18 or later, this is ${process.versions.node}\n`)
  process.exit(1)
}
const { main } = await import('../dist/cli/main.js')
await main(process.argv)
