/** A sector: its industry in Tushare's words, and typical prices relative to earnings and sales. */
export interface Sector {
  readonly industry: string
  /** Price ÷ earnings when the market opens. */
  readonly pe: number
  /** Net profit ÷ sales. */
  readonly margin: number
}

export const SECTORS: readonly [Sector, ...Sector[]] = [
  { industry: '银行', pe: 7, margin: 0.35 },
  { industry: '白酒', pe: 32, margin: 0.35 },
  { industry: '半导体', pe: 55, margin: 0.12 },
  { industry: '化学制药', pe: 28, margin: 0.13 },
  { industry: '汽车配件', pe: 20, margin: 0.06 },
  { industry: '软件服务', pe: 45, margin: 0.11 },
  { industry: '电气设备', pe: 30, margin: 0.09 },
  { industry: '区域地产', pe: 9, margin: 0.1 },
  { industry: '煤炭开采', pe: 9, margin: 0.14 },
  { industry: '水泥', pe: 11, margin: 0.16 },
  { industry: '家用电器', pe: 16, margin: 0.09 },
  { industry: '食品', pe: 26, margin: 0.1 },
]
