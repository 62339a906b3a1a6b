import { type Command, InvalidArgumentError, Option } from 'commander'
import { acceptedText, parseSetting, settingText } from '../bounds/setting-text.ts'
import { type Bounds, environmentVariable, type Setting, settingsByName } from '../bounds/settings.ts'

/** The options of `serve` for its bounds. */
export function boundsOptions(): Option[] {
  return settingsByName.map(([, setting]) => optionOf(setting))
}

/** The bounds that were given, by an option or by the environment. */
export function boundsOf(command: Command): Partial<Bounds> {
  const given = settingsByName.flatMap(([name, setting]) => {
    const attribute = optionOf(setting).attributeName()
    return command.getOptionValueSource(attribute) === 'default' ? [] : [[name, command.getOptionValue(attribute)]]
  })
  return Object.fromEntries(given)
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
