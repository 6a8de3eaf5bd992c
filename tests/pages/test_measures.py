"""Every figure is explained, in both languages alike, and every leadership screen leads there."""

import re

import pytest

from pages.ui import measures
from pages.ui.i18n import text
from pages.ui.menu import MENU
from tests.test_architecture import ROOT


def test_both_languages_explain_the_same_measures():
    zh, en = measures.sections("zh"), measures.sections("en")
    assert {n: len(s.measures) for n, s in zh.items()} == {
        n: len(s.measures) for n, s in en.items()
    }
    for section in [*zh.values(), *en.values()]:
        assert all(measure.name and measure.formula for measure in section.measures)


def test_every_named_source_exists():
    named = {
        path
        for section in measures.sections("en").values()
        for measure in section.measures
        for path in re.findall(r"`((?:analytics|pages)/[\w/]+\.py)`", measure.source)
    }
    assert named
    assert {path for path in named if not (ROOT / path).is_file()} == set()


def test_a_bar_inside_a_cell_is_not_its_end():
    cells = measures._section(
        r"H" + "\n| a | b | c | d |\n|---|---|---|---|\n| A | P(x \\| y) | s | u |"
    )
    assert cells.measures == (measures.Measure("A", "P(x | y)", "s", "u"),)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_shows_the_section_that_a_link_names(driver, language):
    section = measures.sections(language)["quarter"]
    driver.open("measures", language, section="quarter")
    assert section.heading in driver.text
    assert section.measures[0].formula.replace("$", r"\$") in driver.text
    assert "measures.zh-CN.md" not in driver.text
    driver.set("measures.section", "won")
    assert driver.test.query_params["section"] == "won"


@pytest.mark.parametrize("screen", MENU["leadership"])
def test_every_leadership_screen_links_to_its_measures(driver, screen):
    driver.open(screen.replace("-", "_"))
    links = [link.proto for link in driver.test.get("page_link")]
    found = [link for link in links if link.label == text("en", "common.measures_link")]
    sections = {f"lang=en&section={name}" for name in measures.SECTIONS}
    assert {link.query_string for link in found} & sections


def test_an_entry_screen_has_no_such_link(driver):
    driver.open("deals")
    labels = [link.proto.label for link in driver.test.get("page_link")]
    assert text("en", "common.measures_link") not in labels
