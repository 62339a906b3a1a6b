import { float64 } from '../fields.ts'

/** An amount of money. */
export const cny = (description: string) => float64(description, { unit: 'CNY' })

/** An amount of money for each share. */
export const cnyPerShare = (description: string) => float64(description, { unit: 'CNY a share' })

/** A share of something, or a growth: 5 for five hundredths. */
export const percent = (description: string) => float64(description, { unit: 'percent' })

/** One number divided by another of the same kind: 0.05 for five hundredths. */
export const ratio = (description: string) => float64(description, { unit: 'ratio' })
