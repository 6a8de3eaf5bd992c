from datetime import date, timedelta
from decimal import Decimal

import pytest

from data import entry
from data.records import Deal, Rep, Stage, Target
from pages.ui.screens import setting_values
from tests.actors import by

SCREENS = (
    "weekly_report",
    "weekly_reports",
    "visits",
    "deals",
    "customers",
    "department",
)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_opens_on_an_empty_store(driver, screen, language):
    driver.open(screen, language)
    assert driver.test.title


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_opens_on_the_demo(demo, driver, screen, language):
    driver.open(screen, language)
    assert driver.test.title


def open_deal(driver, today, **values):
    """The id of a deal of R1 that was opened today."""
    deal = {"id": "D1", "name": "Line one", "rep_id": "R1", "customer_id": "C1"}
    entry.add_deal(
        driver.store, deal | {"opened_on": today} | values, by("test"), entry.new_form_id()
    )
    return "D1"


def moving(driver, stage):
    """The form that moves D1 into a stage."""
    driver.open("deals", deal="D1")
    current = driver.store.rows(Deal)["stage"].item()
    driver.set(f"deals.stage.D1.{current}", stage)
    return f"deals.move.D1.{stage}"


@pytest.mark.usefixtures("small")
class TestADeal:
    def test_is_won_with_its_amount_and_cost(self, driver, today):
        open_deal(driver, today)
        form = moving(driver, "won")
        driver.fill(form, amount="68万", cost="456000").press(f"{form}.send")
        row = driver.store.rows(Deal).row(0, named=True)
        assert (row["status"], row["closed_on"]) == ("won", today)
        assert (row["amount"], row["cost"]) == (Decimal(680_000), Decimal(456_000))
        assert "Won! Line one, ¥680,000.00" in driver.text

    def test_is_not_won_without_an_amount(self, driver, today):
        open_deal(driver, today)
        form = moving(driver, "won")
        driver.press(f"{form}.send")
        assert "Please correct: Amount" in driver.text
        assert driver.store.rows(Deal)["status"].item() == "open"

    def test_is_not_lost_without_a_reason(self, driver, today):
        open_deal(driver, today)
        form = moving(driver, "lost")
        driver.press(f"{form}.send")
        assert "Please correct: Loss reason" in driver.text

    def test_moves_on_and_shows_its_way(self, driver, today):
        open_deal(driver, today)
        form = moving(driver, "quote")
        driver.press(f"{form}.send")
        assert driver.store.rows(Deal)["stage"].item() == "quote"
        assert "Now: **Quote**" in driver.text
        assert [line.split("  ")[1] for line in _texts(driver)] == ["Lead", "Quote"]

    def test_cannot_move_into_the_future(self, driver, today):
        open_deal(driver, today)
        form = moving(driver, "quote")
        driver.fill(form, closed_on=today + timedelta(days=1)).press(f"{form}.send")
        assert "Cannot be later than today" in driver.text

    def test_shows_its_closing_day_after_the_move(self, driver, today):
        open_deal(driver, today)
        form = moving(driver, "won")
        driver.fill(form, amount="5").press(f"{form}.send")
        assert driver.widget("deals.D1", "closed_on").value == today

    def test_needs_a_customer_when_it_is_entered(self, driver):
        driver.open("deals", deal="new").press("deals.new.send")
        assert "Please correct: Customer" in driver.text

    def test_is_listed_while_it_is_open(self, driver, today):
        open_deal(driver, today, expected_on=today - timedelta(days=1), amount=Decimal(70_000))
        driver.open("deals")
        assert "**1** open deals, **¥70.0k**; **1** are past their expected day" in driver.text
        [rows] = [frame.value for frame in driver.test.dataframe]
        assert rows["customer_id"].to_list() == ["Hengyuan"]


def _texts(driver):
    return [text.value for text in driver.test.text if "  " in text.value]


def test_a_department_without_stages_starts_with_the_standard_ones(driver):
    driver.open("department", section="stages").press("stages.standard")
    stages = driver.store.rows(Stage).sort("position")
    assert stages["kind"].to_list() == ["open"] * 5 + ["won", "lost"]
    assert "The standard stages are set up" in driver.text


def test_a_new_person_can_file_at_once(driver):
    driver.open("department", section="reps")
    driver.fill("department.reps.new", name="Li Na").press("department.reps.new.send")
    assert driver.store.rows(Rep)["name"].to_list() == ["Li Na"]
    assert "Saved: Li Na" in driver.text
    assert driver.open("weekly_report").by_key("acting.choice").options == ["Li Na"]


@pytest.mark.usefixtures("small")
def test_a_target_is_set_and_then_changed(driver, today):
    month = today.replace(day=1)
    for amount in ("120万", "130万"):
        driver.open("department", section="targets")
        driver.fill("department.targets", **{"subject.": "rep/R1", "amount": amount})
        driver.press("department.targets.send")
    [row] = driver.store.rows(Target).to_dicts()
    assert (row["subject"], row["month"], row["amount"]) == ("R1", month, Decimal(1_300_000))
    assert "Target saved: Li Na" in driver.text


def test_settings_are_saved(driver):
    driver.open("department")
    driver.widget("department", "holidays").set_value("2026-10-01..2026-10-03\n2026-01-01")
    driver.widget("department", "report_due_weekday").set_value(4)
    driver.press("department.save")
    settings = driver.store.settings()
    assert settings.report_due_weekday == 4
    assert [day.isoformat() for day in settings.holidays] == [
        "2026-01-01",
        "2026-10-01",
        "2026-10-02",
        "2026-10-03",
    ]
    assert "Settings saved." in driver.text


def test_a_day_that_counts_as_today_can_be_set_and_taken_back(driver):
    driver.open("department")
    driver.widget("department", "as_of").set_value(date(2020, 5, 31))
    driver.press("department.save")
    assert driver.store.settings().as_of == date(2020, 5, 31)
    assert "As of 31 May 2020" in driver.open("overview").text
    driver.open("department")
    driver.widget("department", "as_of").set_value(None)
    driver.press("department.save")
    assert driver.store.settings().as_of is None


def test_settings_that_cannot_be_read_are_refused(driver):
    driver.open("department")
    driver.widget("department", "holidays").set_value("the first of May")
    driver.press("department.save")
    assert "Cannot read this line: the" in driver.text
    assert driver.store.settings().holidays == ()


def test_a_department_needs_a_name(driver):
    driver.open("department")
    driver.widget("department", "department_en").set_value(" ")
    driver.press("department.save")
    assert "This value cannot be used" in driver.text


def test_the_demo_ends_only_when_it_is_confirmed(own_demo, driver):
    driver.open("department").press("department.own")
    assert not driver.store.is_empty()
    driver.press("department.own_yes")
    assert driver.store.is_empty()
    assert not driver.store.settings().is_demo
    assert "The demo is gone" in driver.text


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("2026-10-01", 1),
        ("2026-10-01..2026-10-08", 8),
        ("2026-10-08..2026-10-01", None),
        ("2026-13-01", None),
        ("1 Oct", None),
        ("2026-01-01..2027-01-01", None),
    ],
)
def test_a_line_of_holidays_is_a_day_or_days_in_a_row(line, days):
    found = setting_values.between(line)
    assert found is None if days is None else len(found) == days


def test_holidays_are_shown_as_they_are_read():
    days = (*setting_values.between("2026-10-01..2026-10-03"), date(2026, 12, 25))
    assert setting_values.lines(days) == "2026-10-01..2026-10-03\n2026-12-25"
