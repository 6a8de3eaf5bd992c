"""A report filed in one tab is seen in the others without touching them."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from data.records import Rep, WorkReport
from pages.ui import fields, i18n

SEEN_WITHIN_MS = 10_000  # two seconds on a calm machine; tests share theirs
HAND_MS = 40  # a hand holds the button; in no time Streamlit sends the click before the text


@pytest.fixture
def t(language: str) -> Callable[..., str]:
    """Words of the tested language."""
    return lambda key, **values: i18n.text(language, key, **values)


def tab(context: BrowserContext, address: str) -> Page:
    """Another tab that is already drawn."""
    page = context.new_page()
    page.goto(address)
    expect(page.get_by_role("heading", level=2).first).to_be_visible()
    return page


def add_rep(page: Page, name: str, language: str, t: Callable[..., str]) -> None:
    page.goto("/department?section=reps")
    label = fields.named(Rep, "name").about.words(language)
    page.get_by_label(f"{label} *", exact=True).fill(name)
    page.get_by_role("button", name=t("department.add")).click()
    expect(page.get_by_text(t("department.said", name=name))).to_be_visible()


def write_report(page: Page, rep: str, summary: str, language: str, t: Callable[..., str]) -> None:
    page.goto("/weekly-report")
    who = page.get_by_role("combobox", name=t("forms.rep"))
    who.fill(rep)
    who.press("Enter")
    expect(page.get_by_text(f"· {rep}")).to_be_visible()  # the form is this rep's
    page.get_by_label(f"{t('weekly.summary')} *").fill(summary)
    page.get_by_label(f"{t('weekly.problems_words')} *").fill("-")
    page.get_by_label(f"{t('weekly.plan_words')} *").fill("-")
    planned = fields.named(WorkReport, "visits_planned").about.words(language)
    page.get_by_label(f"{planned} *").fill("6")


def filed_under(page: Page) -> str:
    """The id of the report that is being written, told from its address."""
    address = parse_qs(urlsplit(page.url).query)
    return f"weekly/{address['for'][0]}/{address['week'][0]}"


def test_a_filed_report_is_seen_at_once(
    page: Page, context: BrowserContext, language: str, t: Callable[..., str]
):
    rep, summary = f"Rep {language}", f"Signed in {language}"
    add_rep(page, rep, language, t)
    overview, review = tab(context, "/"), tab(context, "/weekly-reports")
    answer = review.get_by_role("heading", level=2).first
    before = answer.inner_text()
    write_report(page, rep, summary, language, t)

    page.get_by_role("button", name=t("weekly.submit")).click()
    expect(page.get_by_test_id("stAlertContentSuccess")).to_be_visible()
    expect(overview.get_by_text(summary)).to_be_visible(timeout=SEEN_WITHIN_MS)
    expect(answer).not_to_have_text(before, timeout=SEEN_WITHIN_MS)

    review.goto(f"/weekly-reports?report={quote(filed_under(page))}")
    expect(review.get_by_test_id("stText").get_by_text(summary)).to_be_visible()
    review.get_by_label(t("weekly_reports.comment", rep=rep)).fill("Good work")
    review.get_by_role("button", name=t("weekly_reports.send")).click()
    expect(review.get_by_test_id("stAlertContentSuccess")).to_be_visible()

    page.reload()
    expect(page.get_by_text(t("weekly.reviewed_why"))).to_be_visible()
    expect(page.get_by_text("Good work")).to_be_visible()


def test_what_is_typed_is_kept_when_one_leaves(
    page: Page, context: BrowserContext, language: str, t: Callable[..., str]
):
    rep = f"Leaver {language}"
    add_rep(page, rep, language, t)
    write_report(page, rep, "Half a thought", language, t)
    told = re.compile(t("weekly.state_draft", moment=".+"))
    expect(page.get_by_text(told)).to_be_visible()  # only what is told as saved is kept
    page.get_by_role("link", name=t("nav.customers")).click(delay=HAND_MS)
    expect(page.get_by_role("heading", level=1, name=t("customers.title"))).to_be_visible()
    page.get_by_role("link", name=t("nav.weekly-report"), exact=True).click()
    expect(page.get_by_label(f"{t('weekly.summary')} *")).to_have_value("Half a thought")
