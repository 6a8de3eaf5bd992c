"""The findings of a quarter as sentences, without Streamlit: the language comes with the look."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from analytics.comparisons import MEASURES
from pages.ui import codes
from pages.ui import format as fmt
from pages.ui.charts.figure import Look

_MOST = 9.99  # a larger change from next to nothing is no figure to read
Row = Mapping[str, Any]  # of the report `quarter-findings` or `quarter-changes`
Name = Callable[[str], str]  # how a name from the data is written: escaped or as it is


def sentence(row: Row, look: Look, name: Name = str) -> str:
    """One finding in words, made from its figures."""
    kind = row["finding"]
    if kind == "tested":
        return look.t(
            "quarter.tested",
            tested=fmt.count(row["tested"]),
            outside=fmt.count(row["outside"]),
            expected=fmt.count(row["expected"]),
        )
    measure = look.t(f"columns.{row['measure']}")
    if kind == "unknown":
        side = "then" if figure(row, "now", look) != fmt.UNKNOWN else "now"
        return look.t(f"quarter.unknown_{side}", measure=measure)
    key = kind if kind != "mover" else "rose" if row["change_amount"] > 0 else "fell"
    return look.t(
        f"quarter.said_{key}",
        measure=measure,
        dimension=look.t(f"columns.{row['dimension']}") if kind != "total" else "",
        group=group(row, look, name),
        now=figure(row, "now", look),
        then=figure(row, "then", look),
        change=change(row, look),
        low=figure(row, "low", look, signed=True),
        high=figure(row, "high", look, signed=True),
        verdict=codes.word(look.language, "verdict", row["verdict"]),
    )


def group(row: Row, look: Look, name: Name = str) -> str:
    """The group of a finding by its name."""
    if row["group"] is None:
        return look.t("common.unknown")
    return name(codes.word(look.language, row["dimension"], row["group"]))


def figure(row: Row, side: str, look: Look, *, signed: bool = False) -> str:
    """A value in the unit of the row's measure; `signed` for a change: +¥220万, −1.2 百分点."""
    unit = MEASURES[row["measure"]][0]
    value = row[f"{side}_{unit}"]
    if value is None:
        return fmt.UNKNOWN
    if not signed:
        show = {"amount": look.money, "rate": fmt.rate, "count": fmt.count}[unit]
        return show(value)
    if unit == "amount":
        return signed_money(value, look)
    size = fmt.points(value, look.language) if unit == "rate" else fmt.count(abs(value))
    return _sign(value) + size


def signed_money(value: int, look: Look) -> str:
    """+¥220万, −¥7.26万 or ±¥0."""
    size = look.money(abs(value))
    return (_sign(value) if size != look.money(0) else _sign(0)) + size


def _sign(value: float) -> str:
    return "+" if value > 0 else "−" if value < 0 else "±"


def change(row: Row, look: Look) -> str:
    """How much changed, of sums also in percent of what it was."""
    words, unit = figure(row, "change", look, signed=True), MEASURES[row["measure"]][0]
    then = row[f"then_{unit}"]
    if unit == "rate" or not then or then < 0:
        return words
    share = row[f"change_{unit}"] / then
    percent = (
        f"> {fmt.rate(_MOST, 0)}"
        if share > _MOST
        else _sign(round(share, 2)) + fmt.rate(abs(share), 0)
    )
    return look.t("quarter.in_percent", change=words, percent=percent)


def bridge(rows: Sequence[Row], look: Look) -> str:
    """Why gross profit changed: the report `margin-bridge` in one sentence, empty if it cannot say.

    Effects that no product has a part in are left out.
    """
    before, *effects, after = rows
    if before["gross_profit"] is None or after["gross_profit"] is None:
        return ""
    steps = [
        f"{look.t('effect.' + row['effect'])} {signed_money(row['gross_profit'], look)}"
        for row in effects
        if row["products"] and row["gross_profit"] is not None
    ]
    return look.t(
        "quarter.bridge",
        before=look.money(before["gross_profit"]),
        after=look.money(after["gross_profit"]),
        change=signed_money(after["gross_profit"] - before["gross_profit"], look),
        steps=look.t("overview.comma").join(steps),
    )
