"""What people typed is shown as they typed it: no screen draws HTML, Markdown or links from it."""

import re
from itertools import cycle

import pytest

from data import policy
from data.records import Deal
from pages.ui import menu, session
from tests import running
from tests.hostile import typed
from tests.hostile.typed import SHORT, TYPED

DRAWN = re.compile(
    r"<b>粗|<img src=x|\[a\]\(http|!\[i\]|:rainbow\[|:material/skull:|:skull:|\$x\^2\$|`c`|~~s~~"
    r"|\*\*f\*\*|:\\?//e|www\\?\.e|a\\?@e"
)
TAGS = re.compile(r"<b>粗|<img src=x")
PLAIN = {  # fields of elements that show or hold a text as it is
    "selectbox.options",
    "selectbox.raw_value",
    "multiselect.options",
    "multiselect.raw_values",
    "text_input.value",
    "text_input.default",
    "text_area.value",
    "text_area.default",
    "text.body",
    "plotly_chart.alt",
    "dataframe.alt",
}
SCREENS = [address.replace("-", "_") for section in menu.MENU.values() for address in section]


def strings(message, path=""):
    """Every text of a protocol message with the names of the fields that lead to it."""
    for field, value in message.ListFields():
        here = f"{path}.{field.name}".removeprefix(".")
        many = value if field.is_repeated else [value]
        if field.type == field.TYPE_STRING:
            yield from ((here, text) for text in many)
        elif field.type == field.TYPE_MESSAGE and not field.message_type.GetOptions().map_entry:
            for part in many:
                yield from strings(part, here)


def said(test):
    """Every text on the screen with its place, e.g. ("button.label", "Save")."""
    for node in test._tree:
        if getattr(node, "proto", None) is not None:
            kind = getattr(node, "type", "")
            is_hidden = (
                "label_visibility" in node.proto.DESCRIPTOR.fields_by_name
                and node.proto.label_visibility.value
            )
            for place, text in strings(node.proto):
                if not (place == "label" and is_hidden):  # for screen readers, as it is
                    yield f"{kind}.{place}", text


def drawn(test):
    """Where typed text would be drawn."""
    for place, text in said(test):
        if place in PLAIN or place.endswith((".id", ".query_string", ".url", ".page")):
            continue
        if (TAGS if place == "plotly_chart.spec" else DRAWN).search(text):
            yield place, text


def admitted(driver, screen):
    """The app as somebody who may open the screen."""
    is_for_gm = policy.rights("gm").may_open(screen.replace("_", "-"))
    return driver.sign_in_as("gm" if is_for_gm else "admin")


@pytest.fixture
def typed_over(own_demo):
    """The demo with `TYPED` at the end of every free text of every record."""
    return typed.over(own_demo)


def test_no_screen_draws_what_was_typed(driver, typed_over):
    deal = driver.store.rows(Deal, match={"status": "open"}).row(0, named=True)
    opened = {
        "deals": {"deal": deal["id"]},
        "customers": {"customer": deal["customer_id"]},
        "customer": {"customer": deal["customer_id"]},
        "rep": {"rep": deal["rep_id"]},
        "weekly_report": {"for": deal["rep_id"]},
    }
    places = [(screen, {}) for screen in SCREENS] + list(opened.items())
    found, seen = [], set()
    for (screen, address), language in zip(places, cycle(("zh", "en")), strict=False):
        admitted(driver, screen).open(screen, language, period=running.TWELVE_MONTHS, **address)
        found += [(screen, *where) for where in drawn(driver.test)]
        seen |= {screen for _, text in said(driver.test) if "粗" in text}
    assert found == []
    assert len(seen) > 12


def test_no_refusal_draws_what_was_typed(driver, small):
    driver.open("deals", deal="new", **{"for": "R1"}).choose("deals.new", "customer_id", "C1")
    driver.fill("deals.new", name=TYPED, amount=TYPED).press("deals.new.send")
    assert "is not an amount" in driver.text
    assert list(drawn(driver.test)) == []
    driver.fill("deals.new", name=SHORT, amount="1").press("deals.new.send")
    assert "Deal added" in driver.text
    assert list(drawn(driver.test)) == []


VALUES = (TYPED, "9999-12-31", "-1,NaN,1e400", "../../etc/passwd\x00\ud7ff\u202e", "9" * 5_000, "")
NAMES = (
    *("period", "against", *session.FILTERS, "customer", "deal", "report", "week", "quarter"),
    *("for", "of", "with", "rank_by", "limits", "view", "rows", "section", "lang"),
)


@pytest.mark.parametrize("screen", [*SCREENS, "measures", "account"])
def test_any_address_opens_a_screen(driver, small, screen):
    admitted(driver, screen)
    for shift in range(len(VALUES)):
        address = {n: VALUES[(i + shift) % len(VALUES)] for i, n in enumerate(NAMES)}
        address["period"] = [f"0001-01-01..{VALUES[shift]}", VALUES[shift]][shift % 2]
        driver.open(screen, address.pop("lang"), **address)
        assert list(drawn(driver.test)) == []
