import { InvalidArgumentError, Option } from 'commander'
import { acceptedText, parseSetting, settingText } from '../bounds/setting-text.ts'
import { type Bounds, environmentVariable, type Setting, settingsByName } from '../bounds/settings.ts'

/** The options of `serve` for its bounds. */
export function boundsOptions(): Option[] {
  return settingsByName.map(([, setting]) => optionOf(setting))
}

/** The bounds among the options that commander has parsed. */
export function boundsOf(options: Readonly<Record<string, unknown>>): Bounds {
  return Object.fromEntries(
    settingsByName.map(([name, setting]) => [name, options[optionOf(setting).attributeName()]]),
  ) as Bounds
}

function optionOf(setting: Setting): Option {
  const { flag, unit, description, group } = setting
  return new Option(`--${flag} <${unit}>`, description)
    .helpGroup(group)
    .env(environmentVariable(setting))
    .default(setting.default, settingText(unit, setting.default))
    .argParser((text: string) => {
      const value = parseSetting(setting, text)
      if (value === undefined) throw new InvalidArgumentError(`Expected ${acceptedText(setting)}.`)
      return value
    })
}
