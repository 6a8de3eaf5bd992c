"""One feed: the rows of its file as rows of a record, and the cells that cannot be used."""

import polars as pl

from data.importing.cells import Cells, fill
from data.importing.files import EXTRA, FILE, LINE
from data.importing.filled import AT, HEADER, Filled, rejects
from data.importing.grammar import Column, Conditions, Feed, Unpivot
from data.importing.groups import grouped
from data.importing.needs import Plan
from data.importing.values import Fault, Reading
from data.records import Record


def read(plan: Plan, mapping: str, reading: Reading) -> Filled:
    """All of one feed: filtered, unpivoted, filled and grouped."""
    feed = plan.feed
    source = _written(feed, mapping) if feed.file is None else reading.folder.table(feed.file)
    rows = source.filter(_holds(feed.where, source, reading.empty))
    left_out = source.height - rows.height
    if feed.unpivot:
        rows = _unpivoted(rows, feed.unpivot, reading.empty)
    cells = _cells(plan, rows, reading)
    places = rows.select(pl.col(FILE, LINE, f"^{HEADER}$"))
    labels = {name: _label(name, column, feed.unpivot) for name, column in plan.fields.items()}
    spoilt = [
        rejects(plan.record, places, name, labels[name], cell.texts, fault)
        for name, cell in cells.items()
        for fault in cell.faults
    ]
    filled = Filled(
        rows=pl.DataFrame([cell.values for cell in cells.values()]),
        places=places,
        labels=labels,
        rejects=pl.concat([_overlong(plan.record, rows, places), *spoilt]),
        read=source.height,
        left_out=left_out,
    )
    return grouped(plan, filled, rows) if feed.group_by else filled


def _written(feed: Feed, mapping: str) -> pl.DataFrame:
    """The rows that stand in the mapping itself; their line is their number."""
    names = sorted({name for row in feed.rows for name in row})
    cells = {name: [row.get(name) for row in feed.rows] for name in names}
    return pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String)).with_columns(
        pl.lit(mapping).alias(FILE),
        pl.int_range(1, pl.len() + 1).alias(LINE),
        pl.lit(None, pl.String).alias(EXTRA),
    )


def _holds(conditions: Conditions, rows: pl.DataFrame, empty: tuple[str, ...]) -> pl.Series:
    """Rows whose columns have one of the wanted texts; "" wants an empty cell."""
    holds = pl.Series([True]).new_from_index(0, rows.height)
    for name, wanted in conditions.items():
        texts = rows[name].cast(pl.String)
        holds &= texts.set(texts.is_in(list(empty)), None).fill_null("").is_in(list(wanted))
    return holds


def _unpivoted(rows: pl.DataFrame, unpivot: Unpivot, empty: tuple[str, ...]) -> pl.DataFrame:
    """One row per cell that is not empty, in the order of lines and columns."""
    stay = [name for name in rows.columns if name not in unpivot.columns]
    long = rows.with_row_index(AT).unpivot(
        on=list(unpivot.columns), index=[AT, *stay], variable_name=HEADER, value_name=unpivot.cell
    )
    is_empty = pl.col(unpivot.cell).is_in(list(empty)) | pl.col(unpivot.cell).is_null()
    return (
        long.filter(~is_empty)
        .sort(AT, maintain_order=True)
        .with_columns(pl.col(HEADER).replace_strict(unpivot.columns).alias(unpivot.header))
        .drop(AT)
    )


def _cells(plan: Plan, rows: pl.DataFrame, reading: Reading) -> dict[str, Cells]:
    """Every field in declared order; conditions see the fields that have none themselves."""
    declared = {field.name: field for field in plan.record.fields()}
    cells = {
        name: fill(column, declared[name], rows, reading) for name, column in plan.fields.items()
    }
    facts = rows.with_columns(
        cells[name].values for name, column in plan.fields.items() if not column.when
    )
    for name, column in plan.fields.items():
        if column.when:
            cells[name] = cells[name].where(_holds(column.when, facts, reading.empty))
    return {name: cells[name] for name in declared if name in cells}


def _label(name: str, column: Column, unpivot: Unpivot | None) -> pl.Expr:
    """What the person sees above the cell; the field's name where no cell is behind it."""
    if unpivot and unpivot.cell in column.headers:
        return pl.col(HEADER)
    return pl.lit(" + ".join(column.headers) or name)


def _overlong(record: type[Record], rows: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    fault = Fault(rows[EXTRA].is_not_null(), "too_many_cells")
    return rejects(record, places, "", pl.lit(None), rows[EXTRA], fault)
