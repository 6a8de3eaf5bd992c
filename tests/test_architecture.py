"""Who may import whom, and what has one home. Change these tables only together with README.md."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FORBIDDEN = {
    "analytics": ("streamlit", "duckdb", "plotly", "starlette", "data", "pages", "cli", "app"),
    "data": ("streamlit", "plotly", "starlette", "analytics", "pages", "cli", "app"),
    "pages": ("duckdb", "data.store", "data.entry", "plotly", "cli", "app"),
    "pages/ui/charts": ("streamlit", "data", "analytics", "pages.ui.cache", "pages.ui.session"),
    "cli.py": ("streamlit", "plotly", "duckdb"),
    "app.py": ("duckdb", "plotly"),
}
ALLOWED = {  # the one place that may cross a border, and why
    ("pages/ui/cache.py", "data.store"),  # every cached read
    ("pages/ui/filing.py", "data.entry"),  # every write
    ("pages/ui/cache.py", "plotly"),  # keeps figures
    ("pages/ui/layout.py", "plotly"),  # draws them
    ("pages/ui/charts/figure.py", "streamlit"),  # registers the theme's template, draws nothing
}
HOMES = {  # a name that may be used in these files only
    "session_state": {"pages/ui/session.py"},
    "cache_data": {"pages/ui/cache.py"},
    "cache_resource": {"pages/ui/cache.py"},
}


def sources(place, root=ROOT):
    path = root / place
    return [path] if path.suffix else sorted(path.rglob("*.py"))


def imported(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def crossings(place, root=ROOT):
    return {
        (file.relative_to(root).as_posix(), banned)
        for file in sources(place, root)
        for name in imported(file)
        for banned in FORBIDDEN[place]
        if f"{name}.".startswith(f"{banned}.")
        and not (banned == "plotly" and file.is_relative_to(root / "pages/ui/charts"))
    }


def users(name, root=ROOT):
    return {
        file.relative_to(root).as_posix()
        for file in [*sources("app.py", root), *sources("cli.py", root), *sources("pages", root)]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == name
    }


@pytest.mark.parametrize("place", FORBIDDEN)
def test_borders_hold(place):
    assert crossings(place) - ALLOWED == set()


@pytest.mark.parametrize("name", HOMES)
def test_name_has_one_home(name):
    assert users(name) <= HOMES[name]


def test_only_the_store_knows_duckdb():
    knowing = {
        file.relative_to(ROOT).as_posix()
        for place in ("analytics", "data", "pages", "app.py", "cli.py")
        for file in sources(place)
        if any(f"{name}.".startswith("duckdb.") for name in imported(file))
    }
    assert {Path(file).parent.as_posix() for file in knowing} == {"data"}


@pytest.mark.parametrize(
    ("place", "line", "banned"),
    [
        ("pages", "from data import store", "data.store"),
        ("pages", "import duckdb", "duckdb"),
        ("analytics", "from pages.ui import format", "pages"),
        ("data", "import streamlit as st", "streamlit"),
        ("pages/ui/charts", "from pages.ui import session", "pages.ui.session"),
    ],
)
def test_a_planted_crossing_is_found(tmp_path, place, line, banned):
    file = tmp_path / place / "planted.py"
    file.parent.mkdir(parents=True)
    file.write_text(f'"""Planted."""\n\n{line}\n', encoding="utf-8")
    assert crossings(place, tmp_path) == {(f"{place}/planted.py", banned)}


def test_a_planted_second_home_is_found(tmp_path):
    (tmp_path / "pages").mkdir()
    for name in ("app.py", "cli.py"):
        (tmp_path / name).write_text("", encoding="utf-8")
    planted = tmp_path / "pages" / "planted.py"
    planted.write_text("import streamlit as st\n\nst.session_state.clear()\n", encoding="utf-8")
    assert users("session_state", tmp_path) == {"pages/planted.py"}


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("analytics.catalogue", ("duckdb", "streamlit", "plotly")),
        ("data.store", ("streamlit", "plotly", "analytics")),
        ("cli", ("streamlit", "plotly")),
    ],
)
def test_importing_pulls_nothing_foreign_in(module, unwanted):
    code = f"import sys, {module}; print([n for n in {unwanted} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
