"""Clicks on the marks of a chart."""

from playwright.sync_api import Locator, Position, TimeoutError, expect

CLICKS, ANSWER_MS = 3, 10_000


def click(mark: Locator, told: Locator, *, position: Position | None = None) -> None:
    """Click a mark until the page tells what it chose.

    A chart that has just been painted may not listen yet: a person would click again.
    """
    for _ in range(CLICKS):
        mark.click(force=True, position=position)
        try:
            told.wait_for(timeout=ANSWER_MS)
        except TimeoutError:
            continue
        break
    expect(told).to_be_visible()
