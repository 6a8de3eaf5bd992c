"""What `docs/measures.md` says of every figure, without Streamlit, in both languages."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

_DOCS = Path(__file__).parents[2] / "docs"
_FILES = {"zh": "measures.zh-CN.md", "en": "measures.md"}
# The sections in the order of the page.
SECTIONS = (
    *("won", "conversion", "pipeline", "margin", "reps"),
    *("visits", "customers", "forecast", "quarter"),
)
_CELLS = re.compile(r"(?<!\\)\|")
_BROKEN = re.compile(r"(?<=[\u2e80-\uffef])\n(?=[\u2e80-\uffef])")  # a space in no Chinese text
_OTHER_LANGUAGE = re.compile(r"\s*\[[^\]]+\]\(measures[^)]*\.md\)")


class Measure(NamedTuple):
    """One row of a table: Markdown, but for the name."""

    name: str
    formula: str
    source: str
    unsaid: str


class Section(NamedTuple):
    """One heading of the page, what stands under it and its table."""

    heading: str
    text: str
    measures: tuple[Measure, ...]


@cache
def introduction(language: str) -> str:
    """What is common to all measures, as Markdown."""
    return _OTHER_LANGUAGE.sub("", _parts(language)[0].split("\n", 1)[1]).strip()


@cache
def sections(language: str) -> dict[str, Section]:
    """Every section by its name, in the order of SECTIONS."""
    return dict(zip(SECTIONS, map(_section, _parts(language)[1:]), strict=True))


def _parts(language: str) -> list[str]:
    text = (_DOCS / _FILES[language]).read_text(encoding="utf-8")
    return _BROKEN.sub("", text).split("\n## ")


def _section(part: str) -> Section:
    heading, *lines = part.splitlines()
    rows = [_CELLS.split(line)[1:-1] for line in lines if line.startswith("|")]
    text = "\n".join(line for line in lines if not line.startswith("|"))
    measures = tuple(Measure(*map(_cell, row)) for row in rows[2:])
    return Section(heading, text.strip(), measures)


def _cell(text: str) -> str:
    return text.strip().replace(r"\|", "|")
