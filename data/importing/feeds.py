"""One feed: the rows of its file as rows of a record, and the cells that cannot be used."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from data.columns import schema
from data.importing.cells import Cells, fill
from data.importing.files import EXTRA, FILE, LINE
from data.importing.grammar import Column, Conditions, Feed, Unpivot
from data.importing.needs import Plan
from data.importing.values import Fault, Reading
from data.records import Record

AT = "__at__"  # number of a record row within its feed, later within its record
FIELD = "__field__"
HEADER = "__header__"  # the column a cell came from before it was unpivoted
REJECTS = pl.Schema(
    {
        "record": pl.String,  # name of the declaration
        "file": pl.String,
        "line": pl.Int64,  # line of a text, row of a spreadsheet
        "column": pl.String,  # header words of the file
        "value": pl.String,
        "code": pl.String,  # key of the sentence in errors.toml
        "limit": pl.String,  # fills the sentence
    }
)


@dataclass(frozen=True)
class Filled:
    """What one feed gives. A reject names the record row it spoils by AT."""

    rows: pl.DataFrame  # the filled fields, one row per record
    places: pl.DataFrame  # FILE, LINE (and HEADER) of each row
    labels: Mapping[str, pl.Expr]  # field -> header words, on `places`
    rejects: pl.DataFrame  # REJECTS, FIELD, AT
    read: int  # rows of the file
    left_out: int  # rows that `where` does not want


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
    return _grouped(plan, filled, rows) if feed.group_by else filled


def rejects(
    record: type[Record],
    places: pl.DataFrame,
    field: str,
    label: pl.Expr,
    texts: pl.Series,
    fault: Fault,
) -> pl.DataFrame:
    """The rows of one fault (REJECTS, FIELD and AT)."""
    at = fault.rows.arg_true()
    limit = fault.limit
    return places[at].select(
        pl.lit(record.__name__).alias("record"),
        pl.col(FILE).alias("file"),
        pl.col(LINE).alias("line"),
        label.cast(pl.String).alias("column"),
        texts.gather(at).alias("value"),
        pl.lit(fault.code).alias("code"),
        (limit[at] if isinstance(limit, pl.Series) else pl.lit(limit, pl.String)).alias("limit"),
        pl.lit(field).alias(FIELD),
        at.cast(pl.UInt32).alias(AT),
    )


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


def _grouped(plan: Plan, filled: Filled, rows: pl.DataFrame) -> Filled:
    """One record row per group; it stands where its first row stands."""
    keys = [f"key:{number}" for number in range(len(plan.feed.group_by))]
    columns = schema(plan.record)
    same = [name for name, c in plan.fields.items() if c.of_group == "same"]
    table = pl.concat(
        [
            rows.select(pl.col(h).alias(k) for h, k in zip(plan.feed.group_by, keys, strict=True)),
            filled.rows,
            filled.places,
        ],
        how="horizontal",
    )
    groups = (
        table.group_by(keys, maintain_order=True)
        .agg(
            *(_of_group(name, c).cast(columns[name]) for name, c in plan.fields.items()),
            *((pl.col(name).n_unique() > 1).alias(f"differs:{name}") for name in same),
            *(pl.col(name).first() for name in filled.places.columns),
        )
        .with_row_index(AT)
    )
    at = table.join(groups, on=keys, how="left", nulls_equal=True, maintain_order="left")[AT]
    places = groups.select(filled.places.columns)
    spoilt = filled.rejects.with_columns(at.gather(filled.rejects[AT]).alias(AT))
    sound = ~groups[AT].is_in(spoilt[AT].implode())
    differing = [
        rejects(
            plan.record,
            places,
            name,
            filled.labels[name],
            groups[name].cast(pl.String),
            Fault(groups[f"differs:{name}"] & sound, "differs_in_group"),
        )
        for name in same
    ]
    return replace(
        filled,
        rows=groups.select(filled.rows.columns),
        places=places,
        rejects=pl.concat([spoilt, *differing]),
    )


def _of_group(name: str, column: Column) -> pl.Expr:
    """A group's value of a field. A sum with an unknown part is unknown, not a smaller sum."""
    values = pl.col(name)
    match column.of_group:
        case "sum":
            return pl.when(values.is_not_null().all()).then(values.sum()).alias(name)
        case "count":
            return pl.len().alias(name)
        case "last":
            return values.last()
        case "min":
            return values.min()
        case "max":
            return values.max()
        case _:
            return values.first()
