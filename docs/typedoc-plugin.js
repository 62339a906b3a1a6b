// What TypeDoc would otherwise say of this repository: modules by the folders that their sources lie in, and every field
// of every dataset, for which docs/datasets.md is the place.
import { Converter, IntrinsicType, ReflectionKind } from 'typedoc'

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      const [name, , entry] = module.name.split('/')
      module.name = ['@stockdb', name, ...(entry === undefined || entry === 'index' ? [] : [entry])].join('/')
    }
    for (const variable of project.getReflectionsByKind(ReflectionKind.Variable)) {
      if (variable.name !== 'tushare' || variable.type?.type !== 'reflection') continue
      project.removeReflection(variable.type.declaration)
      variable.type = new IntrinsicType('Tushare')
    }
  })
}
