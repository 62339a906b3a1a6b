import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Cost of type-checking one script in a project of its own. */
export interface TypeCost {
  /** Deterministic for one version of the compiler. */
  readonly instantiations: number
  readonly types: number
  readonly memoryMB: number
  /** Total run time of the compiler, including reading files. */
  readonly seconds: number
}

const scripts = fileURLToPath(new URL('./scripts/', import.meta.url))
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')

/** Checks a script of `scripts/` strictly, against the built packages, as an editor does when it opens the file. */
export function measureTypes(script: string): TypeCost {
  // Beside the scripts, so that packages and Node's types are found from there.
  const folder = mkdtempSync(join(scripts, '..', 'project-'))
  try {
    const compilerOptions = {
      ...{ strict: true, noEmit: true, module: 'NodeNext', target: 'ES2024', lib: ['ES2024'], types: ['node'] },
      skipLibCheck: true,
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [join(scripts, script)] }))
    const startedAt = performance.now()
    const output = execFileSync(process.execPath, [tsc, '-p', folder, '--extendedDiagnostics'], { encoding: 'utf8' })
    const seconds = (performance.now() - startedAt) / 1000
    const read = (name: string): number => {
      const found = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(output)?.[1]
      if (found === undefined) throw new Error(`the compiler does not report ${name}:\n${output}`)
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
