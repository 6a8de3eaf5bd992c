"""A clock that goes back loses nothing and mixes nothing up."""

from datetime import timedelta

import pytest

from data import entry
from data.errors import RefusedError
from data.records import Customer, Visit
from data.store import Store
from tests.actors import by

_TICKS = timedelta(milliseconds=1)  # entries of one moment are a microsecond apart


def _add(store, number):
    values = {"id": f"N{number}", "name": f"New {number}"}
    return entry.add(store, Customer, values, by("gm"), f"form {number}")


def test_forms_filed_after_the_clock_went_back_are_kept_in_their_order(department, clock):
    _add(department, 1)
    assert department.lag() < _TICKS
    today = department.today()
    clock.pass_days(-3)
    assert all(_add(department, number).is_new for number in (2, 3))
    assert department.today() == today - timedelta(days=3)  # what the clock says
    assert timedelta(days=3) < department.lag() < timedelta(days=3) + _TICKS
    moments = department.audit_rows()["happened_at"]
    assert moments.is_sorted()
    assert department.verify().findings == ()


def test_the_lag_is_known_after_a_restart_and_ends_with_time(department, clock, tmp_path):
    _add(department, 1)
    department.close()
    clock.now -= timedelta(hours=5)
    store = Store(tmp_path / "yeji.duckdb", clock)
    assert timedelta(hours=5) <= store.lag() < timedelta(hours=5) + _TICKS
    _add(store, 2)
    clock.now += timedelta(hours=6)
    assert store.lag() == timedelta(0)
    _add(store, 3)
    assert store.rows(Customer)["id"].to_list()[:3] == ["N3", "N2", "N1"]  # the last changed first
    store.close()


def test_a_visit_of_a_day_that_the_clock_has_not_reached_is_refused_with_the_day(department, clock):
    tomorrow = clock.now + timedelta(days=1)
    values = {"rep_id": "R1", "customer_id": "C1", "minutes": 5, "topic": "x"}
    with pytest.raises(RefusedError) as refused:
        entry.add(department, Visit, {**values, "visited_at": tomorrow}, by("R1"), "visit")
    assert refused.value.problems.select("code", "limit").rows() == [("in_future", "2026-03-02")]


def test_another_time_zone_moves_the_day_and_not_the_moments(department, clock):
    _add(department, 1)
    department.save_settings({"timezone": "America/Los_Angeles"}, by("gm"))
    assert department.today().isoformat() == "2026-03-01"
    _add(department, 2)
    department.save_settings({"timezone": "Asia/Shanghai"}, by("gm"))
    assert department.today().isoformat() == "2026-03-02"
    assert department.audit_rows()["happened_at"].is_sorted()
    assert department.lag() < _TICKS
