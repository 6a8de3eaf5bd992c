"""Filters are tested through the screens: the address is the only contract."""

from datetime import date

import pytest

from pages.ui import session


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ({}, session.Filters()),
        ({"period": ["quarter"]}, session.Filters("quarter")),
        ({"period": ["nonsense"]}, session.Filters()),
        ({"period": ["2026-01-05..2026-02-03"]}, session.Filters("custom", date(2026, 1, 5), date(2026, 2, 3))),
        ({"period": ["2026-01-05..oops"]}, session.Filters()),
        ({"period": ["2026-02-03..2026-01-05"]}, session.Filters("custom", date(2026, 2, 3), date(2026, 2, 3))),
        ({"team": ["East"], "rep": ["R1", "R2"]}, session.Filters(chosen=(("team", ("East",)), ("rep", ("R1", "R2"))))),
    ],
)  # fmt: skip
def test_an_address_is_read_as_filters(address, expected):
    assert session.parsed(address) == expected


def test_choosing_replaces_one_filter_and_an_empty_choice_drops_it():
    chosen = session.Filters().choosing("rep", ("R1",)).choosing("team", ("East",))
    assert chosen.chosen == (("team", ("East",)), ("rep", ("R1",)))
    assert chosen.choosing("rep", ()).chosen == (("team", ("East",)),)


def test_another_period_keeps_the_other_filters():
    chosen = session.Filters().choosing("region", ("江苏",)).over("year")
    assert (chosen.period, chosen.values("region")) == ("year", ("江苏",))
