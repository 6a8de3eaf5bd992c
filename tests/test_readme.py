"""What the READMEs promise exists, in both languages."""

import re
from pathlib import Path

import pytest

from analytics.catalogue import REPORTS
from pages.ui.arguments import parser
from tests.test_architecture import ROOT

READMES = ("README.md", "README.zh-CN.md")
FENCE = re.compile(r"```(?:sh)?\n(.*?)```", re.DOTALL)


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def commands(name):
    """The command lines of a README, without comments and redirections."""
    for block in FENCE.findall(text(name)):
        for line in block.splitlines():
            if line.startswith((".venv/bin/python cli.py", "make ")):
                yield re.split(r"\s+[#>]", line)[0].split()


def pinned():
    return {line.split("==")[0] for line in declared("requirements.in")}


def declared(name):
    return {line for line in text(name).splitlines() if "==" in line}


@pytest.mark.parametrize("name", READMES)
def test_the_first_screen_has_one_sentence_a_picture_and_the_two_commands(name):
    title, sentence, picture, block = text(name).split("\n\n")[:4]
    assert title.startswith("# ")
    assert len(sentence.splitlines()) == 1
    assert re.fullmatch(r"!\[.+\]\(docs/overview\.png\)", picture)
    assert re.findall(r"^make \w+", block, re.MULTILINE) == ["make run", "make test"]


@pytest.mark.parametrize("name", READMES)
def test_every_command_line_is_understood(name):
    found = list(commands(name))
    assert {words[0] for words in found} == {"make", ".venv/bin/python"}
    for words in found:
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", text("Makefile"), re.MULTILINE)
        elif "--help" not in words:
            asked = parser("en").parse_args(words[2:])
            assert asked.command != "report" or asked.name in REPORTS


@pytest.mark.parametrize("name", READMES)
def test_every_link_and_named_file_exists(name):
    links = re.findall(r"\]\(([^)#]+)\)", text(name))
    files = re.findall(r"^\| `([^`]+)` \|", text(name), re.MULTILINE)
    made_on_use = {"data/local/"}
    absent = {f for f in [*links, *files] if not (ROOT / f).exists()} - made_on_use
    assert absent == set()


@pytest.mark.parametrize("name", READMES)
def test_every_top_level_file_is_in_its_place(name):
    known = {"analytics", "app.py", "benchmarks", "cli.py", "data", "docs", "pages", "tests"}
    shown = {f.split("/")[0] for f in re.findall(r"^\| `([^`]+)` \|", text(name), re.MULTILINE)}
    assert shown == known


@pytest.mark.parametrize("name", READMES)
def test_every_dependency_has_its_reason(name):
    table = text(name).split("\n| | |\n")[-1].split("\n\n")[0]
    named = {
        d for row in re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE) for d in row.split(", ")
    }
    assert named - {"---"} == pinned()


@pytest.mark.parametrize("name", ["requirements", "requirements-dev", "requirements-tools"])
def test_every_package_is_locked_as_declared_with_hashes(name):
    packages = text(f"{name}.txt").replace("\\\n", "").splitlines()
    locked = [line.split() for line in packages if re.match("[a-z0-9]", line)]
    assert all(re.fullmatch(r"[a-z0-9.-]+==\S+", words[0]) for words in locked)
    assert all(words[-1].startswith("--hash=sha256:") for words in locked)
    assert declared(f"{name}.in") <= {words[0] for words in locked}


def test_tests_run_with_the_versions_that_are_installed():
    versions = [
        set(re.findall(r"^[a-z0-9.-]+==\S+", text(name), re.MULTILINE))
        for name in ("requirements.txt", "requirements-dev.txt")
    ]
    assert versions[0] <= versions[1]


def test_both_readmes_have_the_same_structure():
    shapes = [
        [re.sub(r"[^#|`]", "", line)[:3] for line in text(name).splitlines() if line[:1] in "#|`"]
        for name in READMES
    ]
    assert shapes[0] == shapes[1]


def test_nothing_in_the_repository_names_a_machine():
    tracked = [p for p in Path(ROOT).glob("*") if p.suffix in {".md", ".txt", ".in", ".toml"}]
    for file in [*tracked, ROOT / "Makefile", ROOT / ".ci" / "run"]:
        assert not re.search(
            r"/(work|home|root)/|index-url|find-links", file.read_text(encoding="utf-8")
        )
