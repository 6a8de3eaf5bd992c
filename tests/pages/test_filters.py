"""Filters are tested through the screens: the address is the only contract."""

from datetime import date

import pytest

from pages.ui import session


def custom(since, last):
    return session.Filters("custom", since, last)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ({}, session.Filters()),
        ({"period": ["quarter"]}, session.Filters("quarter")),
        ({"period": ["nonsense"]}, session.Filters()),
        ({"period": ["2026-01-05..2026-02-03"]}, custom(date(2026, 1, 5), date(2026, 2, 3))),
        ({"period": ["2026-01-05..oops"]}, session.Filters()),
        ({"period": ["2026-02-03..2026-01-05"]}, custom(date(2026, 1, 5), date(2026, 2, 3))),
        ({"period": ["9999-12-31..0001-01-01"]}, custom(session.EARLIEST, session.LATEST)),
        (
            {"team": ["East"], "rep": ["R1", "R2"]},
            session.Filters(chosen=(("team", ("East",)), ("rep", ("R1", "R2")))),
        ),
    ],
)
def test_an_address_is_read_as_filters(address, expected):
    assert session.parsed(address) == expected


def test_choosing_replaces_one_filter_and_an_empty_choice_drops_it():
    chosen = session.Filters().choosing("rep", ("R1",)).choosing("team", ("East",))
    assert chosen.chosen == (("team", ("East",)), ("rep", ("R1",)))
    assert chosen.choosing("rep", ()).chosen == (("team", ("East",)),)


def test_another_period_keeps_the_other_filters():
    chosen = session.Filters().choosing("region", ("江苏",)).over("year")
    assert (chosen.period, chosen.values("region")) == ("year", ("江苏",))


@pytest.mark.parametrize("period", ["9999-12-31..9999-12-31", "0001-01-01..0001-01-01"])
@pytest.mark.parametrize("page", ["overview", "conversion", "margin", "reps", "rep"])
def test_days_at_the_edge_of_the_calendar_open_every_screen(demo, driver, page, period):
    driver.open(page, period=period)


def test_a_value_that_the_data_do_not_hold_is_shown_and_can_be_cleared(demo, driver):
    driver.open("overview", team="Nowhere", region="Atlantis")
    assert driver.by_key("filter.team").value == "Nowhere"
    assert next(m for m in driver.test.multiselect if m.key == "filter.region").value == [
        "Atlantis"
    ]
    driver.set("filter.team", driver.by_key("filter.team").options[0])
    assert "team" not in driver.test.query_params


def test_several_values_of_the_address_are_counted_in_a_select_box(demo, driver):
    driver.open("overview", team=["East", "West"])
    box = driver.by_key("filter.team")
    assert box.options[box.index] == "2 chosen"
    driver.set("filter.rep", driver.by_key("filter.rep").options[1])
    assert driver.test.query_params["team"] == ["East", "West"]
