"""Customers that may be one, in words."""

from collections.abc import Iterable

import polars as pl

from pages.ui import i18n, session
from pages.ui.session import t


def in_words(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs with level and reasons as a person reads them; nobody's have no owner."""
    words = i18n.section(session.language(), "alike")
    reasons = pl.col("reasons").list.eval(pl.element().replace(words)).list.join(t("common.sep"))
    return pairs.with_columns(
        pl.col("level").replace(words), reasons, pl.col("owner").fill_null(words["no_owner"])
    )


def why(reasons: Iterable[str]) -> str:
    """The reasons of one pair."""
    return t("common.sep").join(t(f"alike.{reason}") for reason in reasons)
