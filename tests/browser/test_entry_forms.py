"""Forms as a hand on a keyboard uses them."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from data.records import Customer, Visit
from pages.ui import fields, i18n


@pytest.fixture
def t(language: str) -> Callable[..., str]:
    """Words of the tested language."""
    return lambda key, **values: i18n.text(language, key, **values)


@pytest.fixture
def label(language: str) -> Callable[..., str]:
    """The label of a field as the form shows it."""

    def words(record: type, name: str, *, required: bool = False) -> str:
        named = fields.named(record, name).about.words(language)
        return f"{named} *" if required else named

    return words


def active(page: Page) -> str:
    return page.evaluate("document.activeElement.getAttribute('aria-label') || ''")


def tab_to(page: Page, name: str) -> None:
    for _ in range(20):
        if active(page) == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {name}, it stands at {active(page)}")


def choose_first_customer(page: Page, t, label) -> None:
    waiting = page.get_by_placeholder(t("visits.customer_first"))
    expect(waiting).to_have_count(2)  # contact and deal
    page.get_by_role("combobox", name=label(Visit, "customer_id", required=True)).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(waiting).to_have_count(0)


def test_a_visit_is_filed_by_keyboard_alone(page: Page, t, label):
    page.goto("/visits")
    topic = page.get_by_label(label(Visit, "topic", required=True))
    expect(topic).to_be_visible()
    choose_first_customer(page, t, label)
    tab_to(page, label(Visit, "minutes", required=True))
    page.keyboard.type("45")
    tab_to(page, label(Visit, "topic", required=True))
    page.keyboard.type("Second line")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("stAlertContentSuccess")).to_contain_text("45")
    expect(topic).to_have_count(1)  # the filed form goes only when the run has ended
    expect(topic).to_have_value("")


def test_choosing_the_customer_later_loses_nothing(page: Page, t, label):
    page.goto("/visits")
    topic = page.get_by_label(label(Visit, "topic", required=True))
    topic.fill("Second line")
    choose_first_customer(page, t, label)
    expect(topic).to_have_value("Second line")


def test_a_value_nobody_used_yet_can_be_typed(page: Page, language: str, t, label):
    page.goto("/customers?customer=new")
    page.get_by_label(label(Customer, "name", required=True)).fill(f"New customer {language}")
    industry = page.get_by_role("combobox", name=label(Customer, "industry"))
    industry.fill(f"Shipbuilding {language}")
    industry.press("Enter")
    page.get_by_role("button", name=t("customers.add")).click()
    expect(page.get_by_test_id("stAlertContentSuccess")).to_be_visible()
    shown = page.get_by_role("combobox", name=label(Customer, "industry"))
    expect(shown).to_have_value(f"Shipbuilding {language}")


def test_two_quick_clicks_file_once(page: Page, language: str, t, label):
    name = f"Clicked twice {language}"
    page.goto("/customers?customer=new")
    page.get_by_label(label(Customer, "name", required=True)).fill(name)
    page.get_by_role("button", name=t("customers.add")).dblclick()
    expect(page.get_by_role("heading", level=2, name=name)).to_be_visible()
    page.goto("/customers")
    page.get_by_placeholder(t("customers.search")).fill(name)
    expect(page.get_by_role("heading", level=2)).to_contain_text(
        t("customers.answer", count=1, trackable=0).replace("*", "").split(" ")[0]
    )


def test_built_in_hints_in_another_language_are_not_shown(page: Page, label):
    page.goto("/weekly-report")
    summary = page.locator("textarea").first
    expect(summary).to_be_visible()
    summary.fill("x")
    expect(page.get_by_text("to apply")).not_to_be_visible()
