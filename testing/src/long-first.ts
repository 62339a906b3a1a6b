import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take longest: they start programs and servers, and import or call again and again. */
const LONG = /\/test\/faults\/|\/test\/cli\/|\.real-data\.test\.ts$|\/examples\/test\//

/**
 * Starts long files first. vitest does so by the durations of the last run, and by size where there was none, as in CI: then the
 * short source of a long test comes last, and the other workers have nothing to do.
 */
export default class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}
