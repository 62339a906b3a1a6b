#!/usr/bin/env node
// Checked before anything is loaded: on an older Node the first import would fail with a stack and no reason.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`stockdb: needs Node 22.18 or later, this is ${process.versions.node}\n`)
  process.exit(1)
}
// glibc keeps blocks of any size in its own heap once it has seen large ones freed, and that heap has holes and only grows: by
// megabytes for every 100,000 calls. With the threshold fixed at its default, large blocks go back to the system. It is read
// before a process begins, so the process starts again, as the same one; but not with a parent that would lose its channel to it.
const SETTING = 'MALLOC_MMAP_THRESHOLD_'
const { argv, env, execArgv, execPath, platform } = process
if (argv[2] === 'serve' && platform === 'linux' && process.execve && !process.channel && !(SETTING in env)) {
  try {
    process.execve(execPath, [execPath, ...execArgv, ...argv.slice(1)], { ...env, [SETTING]: '131072' })
  } catch {
    // Node was told not to start anything; it works without.
  }
}
const { main } = await import('../dist/cli/main.js')
await main(process.argv)
