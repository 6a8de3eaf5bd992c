"""From the first visit to a deal and a win, on hand-made customers."""

from datetime import date, timedelta

import pytest

from analytics import first_visits, pipeline_rows

FIRST = date(2026, 1, 10)


def after(days):
    return FIRST + timedelta(days=days)


def story(make, customer, opened=None, won=None, visited=0, **visit):
    """A customer visited on a day, with a deal opened and won so many days after FIRST."""
    rows = [
        make.customer(customer),
        make.visit(f"V-{customer}", after(visited), customer_id=customer, **visit),
    ]
    if won is not None:
        rows.append(make.won(f"D-{customer}", after(won), customer_id=customer,
                             opened_on=after(opened)))  # fmt: skip
    elif opened is not None:
        rows.append(make.deal(f"D-{customer}", customer_id=customer, opened_on=after(opened)))
    return rows


def steps(make, rows, kind="(all)", **asked):
    """step -> (customers, reached) of one kind."""
    result = first_visits.visit_to_deal(make.build(*rows), make.query(**asked)).collect()
    of_kind = result.filter(kind=kind)
    return {step: tuple(counts) for step, *counts in
            of_kind.select("step", "customers", "reached").iter_rows()}  # fmt: skip


def test_a_deal_counts_up_to_and_including_the_last_day(make):
    rows = [
        row
        for n, day in enumerate((0, 30, 31, 60, 61, 90, 91))
        for row in story(make, f"C{n}", opened=day)
    ]
    assert steps(make, rows) == {
        "opened_30": (7, 2),
        "opened_60": (7, 4),
        "opened_90": (7, 6),
        "won": (7, 0),
    }


@pytest.mark.parametrize(("day", "followed"), [(29, 0), (30, 1)])
def test_a_customer_counts_only_when_the_days_have_passed(make, day, followed):
    rows = story(make, "C1", opened=5)
    assert steps(make, rows, as_of=after(day))["opened_30"] == (followed, followed)


def test_a_win_counts_to_date_whatever_its_age(make):
    rows = [*story(make, "C1", opened=100, won=150), *story(make, "C2")]
    assert steps(make, rows)["won"] == (2, 1)
    assert steps(make, rows, as_of=after(149))["won"] == (2, 0)


def test_a_customer_with_a_deal_before_is_counted_apart(make):
    rows = [
        *story(make, "C1", opened=-1),
        *story(make, "C2", opened=3),
        *story(make, "C3"),
        make.won("order", after(-9), customer_id="C3", opened_on=None),
    ]
    result = first_visits.visit_to_deal(make.build(*rows), make.query()).collect()
    assert set(result["existing"]) == {2}
    assert steps(make, rows)["opened_30"] == (1, 1)


def test_the_first_visit_is_the_first_ever_whoever_made_it(make):
    rows = [*story(make, "C1", rep_id="R1", kind="call"),
            make.visit("V2", after(40), customer_id="C1", rep_id="R2")]  # fmt: skip
    assert steps(make, rows, since=after(30)) == dict.fromkeys(first_visits.STEPS, (0, 0))
    assert steps(make, rows, rep="R2")["won"] == (0, 0)
    assert steps(make, rows, kind="call", rep="R1")["won"] == (1, 0)


def test_a_task_is_no_visit_and_a_visit_is_to_the_customer_of_its_deal(make):
    rows = [
        make.customer("C1"),
        make.deal("D1", customer_id="C1", opened_on=after(2)),
        make.visit("V1", after(-5), customer_id="C1", is_visit=False, kind="task"),
        make.visit("V2", after(0), deal_id="D1"),
        make.visit("V3", after(0)),  # to nobody known
    ]
    assert steps(make, rows)["opened_30"] == (1, 1)


def test_the_rows_say_when_each_customer_was_visited_and_won(make):
    rows = [*story(make, "C1", opened=4, won=20), *story(make, "C2", visited=1, opened=-3)]
    behind = pipeline_rows.customers(make.build(*rows), make.query()).collect()
    shown = behind.select("customer", "is_existing", "opened_on", "opened_days", "won_on")
    assert shown.rows() == [
        ("C2", True, None, None, None),
        ("C1", False, after(4), 4, after(20)),
    ]


def test_a_department_without_visits_has_no_rows_and_one_with_old_ones_zeros(make):
    assert steps(make, [make.deal("D1")]) == {}
    assert steps(make, story(make, "C1"), since="2026-06-01")["won"] == (0, 0)
