"""What people are told when the machine fails them, and that their entries stay."""

import pytest

from data.records import Visit
from tests import running


@pytest.fixture
def store_path(small_disk, monkeypatch):
    """The app's store on a small disk."""
    path = small_disk / "app.duckdb"
    monkeypatch.setenv("YEJI_DB", str(path))
    return path


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "The disk is full"), ("zh", "磁盘已满")],
)
def test_a_form_on_a_full_disk_is_refused_kept_and_filed_once_there_is_room(
    driver, small, noon, language, sentence
):
    driver.open("visits", language, **{"for": "R1"}).choose("visits.new", "customer_id", "C1")
    long = "Price of the second line. " * 70
    driver.fill("visits.new", topic=long, minutes="45", visited_at=noon)
    filler = running.fill(small.parent)
    for _ in range(2):
        driver.press("visits.new.send")
        assert sentence in driver.text
        assert driver.widget("visits.new", "topic").value == long
        assert driver.store.rows(Visit).is_empty()
    filler.unlink()
    driver.press("visits.new.send")
    assert sentence not in driver.text
    assert driver.store.rows(Visit)["topic"].to_list() == [long.strip()]
    assert driver.store.verify().findings == ()
