"""Texts that a spreadsheet would run as a formula, made harmless and brought back."""

import polars as pl

_MARK = "'"
# Spreadsheets run a cell that starts so, with full-width signs too (OWASP: CSV injection).
_FORMULA = r"(?:\s*[=+\-@＝＋－＠]|[\t\r\n])"


def inert(text: pl.Expr) -> pl.Expr:
    """The text, with an apostrophe before what would run; `bare` takes it away again.

    A text that has such an apostrophe of its own gets another, so that none is lost.
    """
    runs = text.str.contains(f"^{_MARK}*{_FORMULA}")
    return pl.when(runs).then(pl.concat_str(pl.lit(_MARK), text)).otherwise(text)


def bare(text: pl.Expr) -> pl.Expr:
    """The text as it was before `inert`."""
    marked = text.str.contains(f"^{_MARK}+{_FORMULA}")
    return pl.when(marked).then(text.str.slice(1)).otherwise(text)
