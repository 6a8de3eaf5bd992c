"""What the pages on security cite exists, and both languages promise the same."""

import re

import pytest

from tests.test_architecture import ROOT

PAGES = [ROOT / "docs" / name for name in ("security.md", "security.zh-CN.md")]


def cited(page, pattern):
    return re.findall(rf"`({pattern})`", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_cited_test_exists(page):
    files = cited(page, r"tests/[\w/]+\.py")
    assert len(files) > 12
    assert [file for file in files if not (ROOT / file).is_file()] == []
    written = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    names = cited(page, r"test_\w+")
    assert len(names) > 8
    assert [name for name in names if f"def {name}(" not in written] == []


def test_both_languages_promise_and_advise_the_same():
    for pattern in (r"tests/[\w/]+\.py", r"test_\w+"):
        assert cited(PAGES[0], pattern) == cited(PAGES[1], pattern)
    examples = [re.findall(r"```\w+\n.*?```", p.read_text("utf-8"), re.DOTALL) for p in PAGES]
    assert examples[0] == examples[1]
    assert len(examples[0]) == 2


def test_the_proxies_let_through_what_streamlit_takes():
    config = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    [size] = re.findall(r"^maxUploadSize = (\d+)", config, re.MULTILINE)
    assert f"client_max_body_size {size}m" in PAGES[0].read_text(encoding="utf-8")
    assert f"max_size {size}MB" in PAGES[0].read_text(encoding="utf-8")
