"""Writes examples/test/strategies.json: what examples/strategies print, computed with pandas from the same tables.

    npx stockdb demo --data FOLDER
    /usr/bin/python3 scripts/strategy-goldens.py FOLDER/stockdb.sqlite [REAL/stockdb.sqlite]

The second database is one of the real market data, with what strategies.real-data.test.ts imports.

It needs Debian's python3-pandas, reads the sample market straight from its file, and shares no code with the examples.
"""
import json
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pandas as pd

database = sqlite3.connect(sys.argv[1])
expected = {}


def read(statement, *parameters):
    return pd.read_sql_query(statement, database, params=parameters)


def sessions(start, end):
    days = read("SELECT cal_date FROM trade_cal WHERE exchange = 'SSE' AND is_open = 1 AND cal_date BETWEEN ? AND ? ORDER BY 1", start, end)
    return list(days["cal_date"])


def closes(start, end, adjusted):
    bars = read("SELECT ts_code, trade_date, close FROM daily WHERE trade_date BETWEEN ? AND ?", start, end)
    panel = bars.pivot(index="trade_date", columns="ts_code", values="close").reindex(sessions(start, end))
    if not adjusted:
        return panel
    factors = read("SELECT ts_code, trade_date, adj_factor FROM adj_factor WHERE trade_date <= ?", end)
    # A day without a factor has the last one before it.
    factors = factors.pivot(index="trade_date", columns="ts_code", values="adj_factor").sort_index().ffill()
    return panel * factors.reindex(panel.index, method="ffill")[panel.columns]


def months(index):
    return pd.to_datetime(pd.Series(index)).dt.to_period("M").to_numpy()


def change(panel, periods=1):
    return panel.pct_change(periods, fill_method=None)


def percent(value):
    return f"{value * 100:.3f} %"


close = closes("2020-01-01", "2024-12-31", True)

monthly = close.groupby(months(close.index)).last()
places = change(monthly, 6).shift(1).rank(axis=1, ascending=False, method="first")
gains = change(monthly).shift(-1).where(places <= 10).mean(axis=1)
value = pd.concat([pd.Series([1.0]), (1 + gains).cumprod()])
expected["momentum"] = [
    f"return a year: {percent((1 + gains).prod() ** (12 / gains.count()) - 1)}",
    f"volatility: {percent(gains.std() * np.sqrt(12))}",
    f"deepest drawdown: {percent((value / value.cummax() - 1).min())}",
]

pair = close[["002003.SYN", "600002.SYN"]].ffill()
spread = np.log(pair.iloc[:, 0] / pair.iloc[:, 1])
z = (spread - spread.rolling(60).mean()) / spread.rolling(60).std()
position, positions = 0, []
for each in z:
    if abs(each) > 2:
        position = -np.sign(each)
    elif position * each > 0:
        position = 0
    positions.append(position)
positions = pd.Series(positions, index=spread.index)
moves = change(pair)
gains = positions.shift(1) * (moves.iloc[:, 0] - moves.iloc[:, 1]) / 2
expected["pairs"] = [
    f"days in the market: {(positions != 0).sum()}",
    f"return a year: {percent((1 + gains).prod() ** (242 / gains.count()) - 1)}",
    f"Sharpe ratio: {gains.mean() / gains.std() * np.sqrt(242):.4f}",
]

# The minute bars that examples/test/strategies.test.ts writes.
state, cents, minutes = 1, 10_000, []
for day in range(20):
    for minute in [*range(9 * 60 + 31, 11 * 60 + 31), *range(13 * 60 + 1, 15 * 60 + 1)]:
        state = (state * 1_664_525 + 1_013_904_223) % 2**32
        cents += (state >> 24) % 21 - 10
        minutes.append((minute, cents / 100))
prices = pd.Series([price for minute, price in minutes if minute % 5 == 0])
held = (prices.rolling(12).mean() > prices.rolling(48).mean()).astype(int)
gains = change(prices) * held.shift(1)
value = (1 + gains).cumprod()
expected["moving-averages"] = [
    f"{len(prices)} bars, {(held > held.shift(1)).sum()} purchases",
    f"result: {percent(value.iloc[-1] - 1)}",
    f"deepest drawdown: {percent((value / value.cummax() - 1).min())}",
]

raw, adjusted = closes("2021-01-01", "2024-12-31", False), closes("2021-01-01", "2024-12-31", True)
days = pd.Series(raw.index, index=raw.index).groupby(months(raw.index)).last()
days = [day for day in days if day[5:7] in ("04", "08", "10")]
reports = read("SELECT ts_code, ann_date, end_date, update_flag, bps FROM fina_indicator").sort_values(["ann_date", "update_flag"])
gains = []
for day, following in zip(days, days[1:]):
    newest = reports[reports["ann_date"] < day].sort_values("end_date", kind="stable").drop_duplicates("ts_code", keep="last").set_index("ts_code")
    value = newest["bps"].reindex(raw.columns) / raw.loc[day]
    places = value.rank(ascending=False, method="first")
    gains.append((adjusted.loc[following] / adjusted.loc[day] - 1)[places <= 10].mean())
gains = pd.Series(gains)
expected["value"] = [f"{len(gains)} periods of {percent(gains.mean())}", f"deviation: {percent(gains.std())}"]

weights = read("SELECT trade_date, con_code FROM index_weight WHERE index_code = '000300.SYN' ORDER BY 1, 2")
published = list(weights.groupby("trade_date")["con_code"].apply(set).items())
joined = [(date, code) for (_, before), (date, now) in zip(published, published[1:]) for code in sorted(now - before)]
level = read("SELECT trade_date, close FROM index_daily WHERE ts_code = '000300.SYN'").set_index("trade_date")["close"].reindex(close.index)
excess = change(close).sub(change(level), axis=0)
dates = list(close.index)
path = pd.DataFrame([[excess[code].iloc[dates.index(date) + offset] for offset in range(-10, 21)] for date, code in joined]).mean().cumsum()
expected["index-events"] = [f"{len(joined)} stocks joined 000300.SYN"] + [f"up to day {at - 10}: {percent(path[at])}" for at in (9, 10, 30)]

def factor_research():
    year = closes("2024-01-01", "2024-12-31", True)
    factor = -change(year, 20)
    factor = factor.clip(factor.quantile(0.01, axis=1), factor.quantile(0.99, axis=1), axis=0)
    factor = factor.sub(factor.mean(axis=1), axis=0).div(factor.std(axis=1), axis=0)
    following = change(year, 5).shift(-5)
    lines = [f"{len(year)} days × {year.shape[1]} stocks"]
    for method in ("spearman", "pearson"):
        def coefficient(day):
            both = pd.DataFrame({"x": factor.loc[day], "y": following.loc[day]}).dropna()
            return (both.rank() if method == "spearman" else both).corr().iloc[0, 1] if len(both) > 1 else np.nan

        ic = pd.Series([coefficient(day) for day in year.index])
        by_month = ic.groupby(months(year.index)).mean()
        lines += [
            f"{method}: mean {ic.mean():.5f}, deviation {ic.std():.5f}",
            f"positive in {(by_month > 0).sum()} of {len(by_month)} months",
        ]
    return lines


expected["factor-ic"] = factor_research()

target = Path(__file__).parent.parent / "examples/test/strategies.json"
if len(sys.argv) > 2:
    database = sqlite3.connect(sys.argv[2])
    expected["real data"] = factor_research()
elif target.exists():
    expected["real data"] = json.loads(target.read_text()).get("real data", [])
target.write_text(json.dumps(expected, indent=2, ensure_ascii=False) + "\n")
