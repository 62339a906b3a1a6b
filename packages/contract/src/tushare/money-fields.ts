import { float64 } from '../fields.ts'

/** An amount of money. */
export const cny = (description: string) => float64(description, { unit: 'CNY' })

/** An amount of money per share. */
export const cnyPerShare = (description: string) => float64(description, { unit: 'CNY a share' })

/** A percentage: 5 for five hundredths. */
export const percent = (description: string) => float64(description, { unit: 'percent' })

/** A ratio: 0.05 for five hundredths. */
export const ratio = (description: string) => float64(description, { unit: 'ratio' })
