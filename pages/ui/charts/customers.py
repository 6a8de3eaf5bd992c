"""Charts of customers: how concentrated, in which segments, how well looked after, and when."""

import plotly.graph_objects as go
import polars as pl

from pages.ui import codes
from pages.ui import format as fmt
from pages.ui.charts import figure as house
from pages.ui.charts.conversion import group_labels
from pages.ui.charts.figure import Look

_ROW = 36  # pixels per bar
_BAND = 40  # pixels per row of a timeline
_SHARES = {"range": [0, 1.02], "tickvals": [0, 0.25, 0.5, 0.75, 1], "tickformat": ".0%"}
# Row of a timeline -> its events, colour and symbol; visits are whatever is not listed.
_BANDS = (
    ("visits", (), house.OPEN, "circle"),
    ("opened", ("opened", "moved"), house.COMPARE, "circle-open"),
    ("won", ("won",), house.WON, "diamond"),
    ("lost", ("lost",), house.LOST, "x"),
    ("reports", ("reported",), house.MUTED, "square"),
)


def lorenz(points: pl.DataFrame, known: pl.DataFrame, look: Look, *, top: int) -> go.Figure:
    """The Lorenz curve under the dotted line of equality, the largest `top` customers marked.

    `points` is the report `lorenz`, `known` is `concentration`; hovering tells what the
    largest customers from there on bring.
    """
    made = house.figure(280, xgrid=True, right=24, top=12)
    made.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip",
        line={"color": house.TARGET, "width": 1.4, "dash": "dot"},
    )  # fmt: skip
    drawn = points.drop_nulls("amount_rate")
    made.add_scatter(
        x=drawn["customers_rate"].to_list(),
        y=drawn["amount_rate"].to_list(),
        mode="lines",
        line={"color": house.WON, "width": 2.4},
        fill="tozeroy",
        fillcolor=f"{house.WON}1c",
        customdata=_largest(drawn, look),
        hovertemplate=look.t("customer_analysis.lorenz_hover") + "<extra></extra>",
    )
    _mark_top(made, known.row(0, named=True), look, top)
    made.update_xaxes(**_SHARES)
    made.update_yaxes(**_SHARES)
    return made


def _largest(drawn: pl.DataFrame, look: Look) -> list[tuple[str, str, str, str]]:
    """How many customers are larger than those of a point, and what they bring."""
    left = drawn.select(
        customers=pl.col("customers").max() - pl.col("customers"),
        customers_rate=1 - pl.col("customers_rate"),
        amount=pl.col("won_amount").max() - pl.col("won_amount"),
        amount_rate=1 - pl.col("amount_rate"),
    )
    return [
        (fmt.count(n), fmt.rate(share), fmt.rate(part), look.exact(amount))
        for n, share, amount, part in left.iter_rows()
    ]


def _mark_top(made: go.Figure, row: dict[str, float], look: Look, top: int) -> None:
    """A dot where the largest `top` customers begin; their share above the line of equality."""
    if row["customers"] <= top:
        return
    made.add_scatter(
        x=[1 - top / row["customers"]], y=[1 - row["top_rate"]], mode="markers",
        hoverinfo="skip", marker={"size": 10, "color": house.WON},
    )  # fmt: skip
    words = look.t("customer_analysis.top_label", top=top, rate=fmt.rate(row["top_rate"], 0))
    made.add_annotation(
        x=0.02, y=0.98, xref="paper", yref="paper", xanchor="left", yanchor="top",
        text=f"● {words}", showarrow=False, font={"color": house.WON, "size": 12},
    )  # fmt: skip


def segments(rows: pl.DataFrame, look: Look) -> go.Figure:
    """Bars of each segment's share of the won amount, a tick for its share of customers.

    `rows` is the report `customer-segments`; a click hands back the segment, the empty text
    for deals whose customer is not known.
    """
    keys = [code or "" for code in rows["segment"].cast(pl.String)]
    names = [look.t(f"segment.{key}") if key else look.t("common.unknown") for key in keys]
    made = house.figure(_ROW * len(names) + 24, right=96, ygrid=False)
    made.add_bar(
        x=rows["amount_rate"].to_list(),
        y=names,
        orientation="h",
        marker_color=house.WON,
        customdata=[
            (key, look.exact(amount), fmt.count(won), fmt.rate(rate), _why(key, look))
            for key, (amount, won, rate) in zip(
                keys, rows.select("won_amount", "won", "customers_rate").iter_rows(), strict=True
            )
        ],
        hovertemplate=look.t("customer_analysis.segment_hover") + "<extra></extra>",
    )
    made.add_scatter(
        x=rows["customers_rate"].to_list(), y=names, mode="markers", hoverinfo="skip",
        marker={"symbol": "line-ns", "size": 20, "line": {"width": 2, "color": house.TARGET}},
    )  # fmt: skip
    _label_shares(made, rows, names, look)
    made.update_xaxes(visible=False, rangemode="tozero")
    made.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
    return made


def _label_shares(made: go.Figure, rows: pl.DataFrame, names: list[str], look: Look) -> None:
    """Share and number of customers beyond both bar and tick."""
    labels = [
        f" <b>{fmt.rate(rate, 0)}</b>  "
        f"{look.t('customer_analysis.customers', count=fmt.count(count))}"
        for rate, count in rows.select("amount_rate", "customers").iter_rows()
    ]
    beyond = rows.select(pl.max_horizontal("amount_rate", "customers_rate")).to_series()
    made.add_scatter(
        x=beyond.to_list(), y=names, mode="text", text=labels, textposition="middle right",
        hoverinfo="skip", cliponaxis=False,
    )  # fmt: skip


def _why(segment: str, look: Look) -> str:
    return look.t(f"customer_analysis.why_{segment or 'unknown'}")


def freshness(groups: pl.DataFrame, look: Look, *, dimension: str, most: int = 16) -> go.Figure:
    """Bars of the share of active customers touched this month, the highest first.

    `groups` is the report `freshness`; the largest `most` groups are drawn, those of few
    customers faded. A click hands back the group.
    """
    drawn = group_labels(groups, look, dimension, n=pl.col("customers")).top_k(most, by="n")
    drawn = drawn.sort("fresh_rate", "label", descending=[True, False])
    made = house.figure(30 * max(drawn.height, 3) + 24, right=56, ygrid=False)
    made.update_layout(barmode="overlay")
    for few in (False, True):  # one opacity a trace: a click on bars of several fails in Plotly
        part = drawn.filter((pl.col("customers") < house.SMALL) == few)
        made.add_bar(
            x=part["fresh_rate"].to_list(),
            y=part["label"].to_list(),
            orientation="h",
            marker={"color": house.OPEN, "opacity": 0.45 if few else 1},
            text=[f"<b>{fmt.rate(rate, 0)}</b>" for rate in part["fresh_rate"]],
            textposition="outside",
            cliponaxis=False,
            customdata=part.select("group_id", "fresh", "customers", "stale").rows(),
            hovertemplate=look.t("customer_analysis.fresh_hover") + "<extra></extra>",
        )
    made.update_xaxes(visible=False, range=[0, 1])
    house.name_axis(made, drawn["label"].to_list())
    return made


def timeline(events: pl.DataFrame, look: Look) -> go.Figure:
    """When what happened: a row per kind of event, one mark each, on a calendar axis.

    `events` is the report `customer-timeline` of one customer.
    """
    listed = [code for _, own, *_ in _BANDS for code in own]
    names = [look.t(f"customer.band_{band}") for band, *_ in _BANDS]
    made = house.figure(_BAND * len(_BANDS) + 40, xgrid=True, ygrid=True, right=24)
    event = pl.col("event").cast(pl.String)
    for (_, own, colour, symbol), name in zip(_BANDS, names, strict=True):
        part = events.filter(event.is_in(own) if own else ~event.is_in(listed))
        made.add_scatter(
            x=part["happened_on"].to_list(),
            y=[name] * part.height,
            mode="markers",
            cliponaxis=False,
            marker={
                "size": 9, "color": colour, "symbol": symbol,
                "line_width": 1.6 if symbol.endswith("-open") else 0,
            },
            customdata=_told(part, look),
            hovertemplate=(
                "%{customdata[0]} · <b>%{customdata[1]}</b>%{customdata[2]}<extra></extra>"
            ),
        )  # fmt: skip
    months = "%Y年%-m月" if look.language == "zh" else "%b %Y"
    made.update_xaxes(type="date", nticks=5, tickformat=months)
    house.name_axis(made, names)
    made.update_yaxes(range=[-0.6, len(names) - 0.4])  # also the rows without a mark
    return made


def _told(part: pl.DataFrame, look: Look) -> list[tuple[str, str, str]]:
    """Day, event and what it was about of each mark."""
    told = []
    for row in part.iter_rows(named=True):
        about = [
            house.plain(row["deal"]) if row["deal"] else None,
            row[f"stage_{look.language}"] and house.plain(row[f"stage_{look.language}"]),
            None if row["amount"] is None else look.exact(row["amount"]),
            house.plain(row["rep"]) if row["rep"] else None,
        ]
        lines = "".join(f"<br>{part}" for part in about if part)
        told.append((fmt.day(row["happened_on"], look.language), _event(row["event"], look), lines))
    return told


def _event(code: str, look: Look) -> str:
    return codes.word(look.language, "event", code)
