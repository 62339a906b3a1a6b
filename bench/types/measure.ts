import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What it costs the compiler to check one script, in a project that has nothing but it. */
export interface TypeCost {
  /** The same at every run, for one version of the compiler. */
  readonly instantiations: number
  readonly types: number
  readonly memoryMB: number
  /** From the start of the compiler to its end, reading all files included. */
  readonly seconds: number
}

/** How a script is checked; strictly, and against the built packages, in any case. */
export interface TypeCheck {
  /** The compiler: 7, the native one of this repository, or 5.9, the last one in JavaScript that many projects have. */
  readonly typescript?: '7' | '5.9'
  readonly options?: Readonly<Record<string, unknown>>
}

const scripts = fileURLToPath(new URL('./scripts/', import.meta.url))

/** The workspace `bench` has a TypeScript of its own, the root has the one of the repository. */
function compiler(version: '7' | '5.9'): string {
  const require = createRequire(version === '7' ? new URL('../../package.json', import.meta.url) : import.meta.url)
  const manifest = require.resolve('typescript/package.json')
  const found = (require(manifest) as { version: string }).version
  if (!found.startsWith(`${version}.`))
    throw new Error(`TypeScript ${version} is not installed (${found} is); run npm ci`)
  return join(dirname(manifest), 'bin', 'tsc')
}

/** Checks a script of `scripts/`, as a user's editor would on opening it. Throws if it has errors, and names them. */
export function measureTypes(script: string, { typescript = '7', options = {} }: TypeCheck = {}): TypeCost {
  // Beside the scripts, so that packages and Node's types are found from there.
  const folder = mkdtempSync(join(scripts, '..', 'project-'))
  try {
    const compilerOptions = {
      ...{ strict: true, noEmit: true, module: 'NodeNext', target: 'ES2024', lib: ['ES2024'], types: ['node'] },
      ...{ skipLibCheck: true, ...options },
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [join(scripts, script)] }))
    const startedAt = performance.now()
    const args = [compiler(typescript), '-p', folder, '--extendedDiagnostics']
    const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    const seconds = (performance.now() - startedAt) / 1000
    const errors = stdout.split('\n').filter((line) => line.includes('error TS'))
    if (status !== 0 || errors.length > 0) throw new Error(`TypeScript ${typescript}: ${errors.join('\n') || stdout}`)
    const read = (name: string): number => {
      const found = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(stdout)?.[1]
      if (found === undefined) throw new Error(`the compiler does not say its ${name}:\n${stdout}`)
      return Number(found)
    }
    return {
      instantiations: read('Instantiations'),
      types: read('Types'),
      memoryMB: read('Memory used') / 1024,
      seconds,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
