import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import type { TestProject } from 'vitest/node'
import { chromium } from './chromium.ts'
import { nbconvert } from './jupyter.ts'
import { openTestServers, titlesOf } from './mysql-server.ts'
import { realData } from './real-data.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Addresses of the real database servers of this run, `mysql://user:password@host:port`, at least one. */
    mysqlServers: string[]
    /** Their names in test titles, in the same order: `MariaDB 10.11`. */
    mysqlServerNames: string[]
  }
}

/** Runs once per run: reports on the real data, the browser and Jupyter, and starts the database servers. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  try {
    console.log(await describeRealData())
    console.log(
      `browser: ${chromium() ?? 'skipped, because there is no Chromium; apt-get install chromium brings one'}`,
    )
    console.log(
      `Jupyter: ${nbconvert() ?? 'skipped, because there is no jupyter-nbconvert; apt-get install jupyter-nbconvert brings it'}`,
    )
    const servers = await openTestServers({ setting: process.env.STOCKDB_TEST_MYSQL })
    console.log(`database servers: ${servers.names.join(', ')}`)
    project.provide('mysqlServers', servers.urls)
    project.provide('mysqlServerNames', titlesOf(servers.names))
    return servers.stop
  } catch (error) {
    // An error thrown here would be buried between two stacks and vitest's message that no test files were found.
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}

async function describeRealData(): Promise<string> {
  const folder = realData()
  if (folder === undefined) return 'real market data: skipped, because STOCKDB_REAL_DATA is not set'
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return `real market data: ${entries.filter((entry) => entry.isFile()).length} files in ${basename(folder)}`
}
