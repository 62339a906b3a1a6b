"""Writes packages/client/test/series/goldens.json: what pandas answers to the calls of @stockdb/client/series.

Run it with the pandas of Debian (apt-get install python3-pandas) after adding a case:

    /usr/bin/python3 scripts/series-goldens.py

The tests read the file, so they need no pandas. Every case names the function, its series by their names, the other
arguments, and the answer. NaN is null.
"""
import json
from pathlib import Path

import numpy as np
import pandas as pd

random = np.random.default_rng(20240628)
nan = np.nan


def with_gaps(values):
    values = values.copy()
    values[:3] = nan
    values[17:24] = nan
    values[30] = nan
    values[-2:] = nan
    return values


walk = 100 * np.exp(np.cumsum(random.normal(0, 0.02, 40)))
series = {
    "walk": walk,
    "other": 50 + 0.3 * walk + random.normal(0, 2, 40),
    "gaps": with_gaps(walk),
    "otherGaps": np.where(np.arange(40) % 7 == 3, nan, 50 + random.normal(0, 2, 40)),
    "ties": random.integers(0, 6, 40).astype(float),
    "tiesWithGaps": with_gaps(random.integers(0, 6, 40).astype(float)),
    "changes": with_gaps(random.normal(0.001, 0.02, 40)),
    "short": np.array([3.0, nan, 1.0]),
    "constant": np.full(12, 0.1),
    "single": np.array([7.5]),
    "missing": np.full(5, nan),
    "empty": np.array([], dtype=float),
}
ALL = list(series)
days = pd.bdate_range("2023-12-14", periods=40)
days_text = [str(day.date()) for day in days]
frames = {
    "close": pd.DataFrame({"A": series["walk"], "B": series["gaps"], "C": series["other"], "D": 1 + series["ties"]}, index=days),
    "factor": pd.DataFrame({"A": series["ties"], "B": series["changes"], "C": series["otherGaps"], "D": series["walk"]}, index=days),
}
cases = []


def plain(value):
    if isinstance(value, (pd.Series, np.ndarray)):
        return [plain(each) for each in np.asarray(value, dtype=float)]
    value = float(value)
    if np.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return None if np.isnan(value) else value


def rounded(value):
    """Enough digits for the tests; all of them would double the file."""
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return float(f"{value:.13g}") if isinstance(value, float) else value


def case(call, on, args, expected):
    cases.append({"call": call, "on": on, "args": args, "expected": rounded(plain(expected))})


for name in ALL:
    s = pd.Series(series[name], dtype=float)
    for window, fewest in [(1, 1), (2, 2), (5, 5), (5, 1), (5, 3), (20, 20), (20, 2), (100, 100), (100, 1)]:
        rolling = s.rolling(window, min_periods=fewest)
        args = [window] if window == fewest else [window, {"minPeriods": fewest}]
        case("rollingMean", [name], args, rolling.mean())
        case("rollingSum", [name], args, rolling.sum())
        case("rollingStd", [name], args, rolling.std())
        case("rollingMin", [name], args, rolling.min())
        case("rollingMax", [name], args, rolling.max())
    for given, named in [({"span": 5}, {"span": 5}), ({"alpha": 0.3}, {"alpha": 0.3}), ({"halfLife": 4}, {"halflife": 4}), ({"alpha": 1}, {"alpha": 1})]:
        for adjust in [True, False]:
            for ignore in [True, False]:
                for fewest in [1, 4] if "span" in given else [1]:
                    ewm = s.ewm(**named, adjust=adjust, ignore_na=ignore, min_periods=fewest)
                    args = [{**given, "adjust": adjust, "ignoreNaN": ignore, "minPeriods": fewest}]
                    case("ewmMean", [name], args, ewm.mean())
                    case("ewmStd", [name], args, ewm.std())
    for ties in ["average", "min", "max", "dense", "first"]:
        for descending in [False, True]:
            for percent in [False, True]:
                expected = s.rank(method=ties, ascending=not descending, pct=percent)
                case("rank", [name], [{"ties": ties, "descending": descending, "percent": percent}], expected)
    for periods in [1, 3, 100]:
        case("returns", [name], [periods], s.pct_change(periods, fill_method=None))
        case("diff", [name], [periods], s.diff(periods))
        with np.errstate(all="ignore"):
            if name not in ("ties", "tiesWithGaps", "changes"):
                case("logReturns", [name], [periods], np.log(s / s.shift(periods)))
    for periods in [0, 1, -1, 3, -3, 100, -100]:
        case("shift", [name], [periods], s.shift(periods))
    case("mean", [name], [], s.mean())
    case("std", [name], [], s.std())
    if name != "constant":  # pandas divides one rounding error by another
        case("zScore", [name], [], (s - s.mean()) / s.std())
    for p in [0, 0.01, 0.25, 0.5, 0.9, 1]:
        case("quantile", [name], [p], s.quantile(p))
    for lower, upper in [(0.01, 0.99), (0.1, 0.75), (0, 1)]:
        case("winsorize", [name], [{"lower": lower, "upper": upper}], s.clip(s.quantile(lower), s.quantile(upper)))
    if name not in ("ties", "tiesWithGaps", "changes"):
        down = s / s.cummax() - 1
        case("drawdown", [name], [], down)
        case("maxDrawdown", [name], [], down.min())

changes = pd.Series(series["changes"])
case("compound", ["changes"], [], (1 + changes).cumprod())
for periods in [12, 242]:
    case("annualizedReturn", ["changes"], [periods], (1 + changes).prod() ** (periods / changes.count()) - 1)
    case("annualizedVolatility", ["changes"], [periods], changes.std() * np.sqrt(periods))
    case("sharpeRatio", ["changes"], [periods, 0.02], (changes.mean() - 0.02 / periods) / changes.std() * np.sqrt(periods))


def correlation(one, other, method):
    pairs = pd.DataFrame({"x": one, "y": other}).dropna()
    # Series.corr(method="spearman") would need SciPy.
    return (pairs.rank() if method == "spearman" else pairs).corr().iloc[0, 1] if len(pairs) > 1 else nan


for one, other in [("walk", "other"), ("gaps", "otherGaps"), ("ties", "tiesWithGaps"), ("walk", "walk"), ("missing", "missing"), ("single", "single"), ("constant", "constant")]:
    x, y = pd.Series(series[one]), pd.Series(series[other])
    for method in ["pearson", "spearman"]:
        case("correlation", [one, other], [method], nan if one == "constant" else correlation(x, y, method))
    if one == "constant":
        continue
    for window, fewest in [(5, 5), (5, 3), (20, 20), (100, 2)]:
        if one == "ties" and window < 20:
            continue  # pandas leaves rounding errors where a window does not change
        args = [window] if window == fewest else [window, {"minPeriods": fewest}]
        case("rollingCorrelation", [one, other], args, x.rolling(window, min_periods=fewest).corr(y))

resampled = []
for name in ["walk", "gaps"]:
    s = pd.Series(series[name], index=days)
    for period, rule in [("week", "W"), ("month", "M"), ("quarter", "Q"), ("year", "A")]:
        groups = s.groupby(days.to_period(rule))
        for reduction in ["last", "first", "mean", "min", "max", "sum"]:
            expected = groups.sum(min_count=1) if reduction == "sum" else getattr(groups, reduction)()
            dates = pd.Series(days_text, index=days).groupby(days.to_period(rule)).last()
            resampled.append({"on": name, "period": period, "reduction": reduction, "dates": list(dates), "expected": plain(expected)})


def rows(frame):
    return [plain(row) for row in frame.to_numpy()]


close, factor = frames["close"], frames["factor"]
forward = close.shift(-5) / close - 1
panels = {
    "rollingMean": rows(close.rolling(5).mean()),
    "rank": rows(close.rank(axis=1)),
    "zScore": rows(close.sub(close.mean(axis=1), axis=0).div(close.std(axis=1), axis=0)),
    "forward": rows(forward),
    "spearman": [plain(correlation(factor.loc[day], forward.loc[day], "spearman")) for day in days],
    "pearson": [plain(correlation(factor.loc[day], forward.loc[day], "pearson")) for day in days],
    "monthly": rows(close.groupby(days.to_period("M")).last()),
}

target = Path(__file__).parent.parent / "packages/client/test/series/goldens.json"
content = {
    "pandas": pd.__version__,
    "series": {name: plain(values) for name, values in series.items()},
    "dates": days_text,
    "panels": {name: rows(frame) for name, frame in frames.items()},
    "cases": cases,
    "resampled": resampled,
    "alongPanels": panels,
}
parts = [f"{json.dumps(key)}: " + (("[\n" + ",\n".join(json.dumps(each) for each in value) + "\n]") if isinstance(value, list) and value and isinstance(value[0], dict) else json.dumps(value)) for key, value in content.items()]
target.write_text("{\n" + ",\n".join(parts) + "\n}\n")
print(f"{len(cases)} cases, {len(resampled)} resampled, pandas {pd.__version__}")
