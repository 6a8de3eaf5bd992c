"""What people are told when the machine's clock has gone back."""

from datetime import UTC, datetime, timedelta

from data import entry
from data.records import Customer
from data.store import Store
from tests.actors import by


def test_a_clock_before_the_last_entry_is_told_and_forms_are_kept(driver, small):
    ahead = Store(small, lambda: datetime.now(UTC) + timedelta(days=2))
    entry.edit(ahead, Customer, "C1", {"note": "of the day after tomorrow"}, by("R2"), "ahead")
    ahead.close()
    driver.open("customers", customer="C1")
    assert "which is before the last entry" in driver.text
    driver.fill("customers.C1", address="1 East Road").press("customers.C1.send")
    assert "Customer saved" in driver.text
    assert "早于最近一次记录" in driver.open("department", "zh").text


def test_a_clock_that_goes_right_is_not_spoken_of(driver, small):
    assert "clock" not in driver.open("customers", customer="C1").text
