import ast
import re
import string
from pathlib import Path

import pytest

from analytics import catalogue
from data import errors, records
from pages.ui import i18n

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT / "app.py", ROOT / "cli.py", *sorted((ROOT / "pages").rglob("*.py"))]


@pytest.mark.parametrize("key", sorted(i18n.catalog()))
def test_every_key_says_the_same_in_both_languages(key):
    words = i18n.catalog()[key]
    assert set(words) == set(i18n.LANGUAGES)
    fields = {
        language: {name for _, name, _, _ in string.Formatter().parse(text) if name}
        for language, text in words.items()
    }
    assert fields["zh"] == fields["en"]
    assert not re.search(r"[一-鿿]", words["en"].replace("业绩", "").replace("中文", ""))


def _literal_keys():
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[1] if name == "text" and len(node.args) > 1 else node.args[0]
            is_key = isinstance(first, ast.Constant) and isinstance(first.value, str)
            if name in ("t", "text") and is_key and re.fullmatch(r"[\w-]+\.[\w-]+", first.value):
                yield first.value


def test_every_key_in_the_code_has_words():
    missing = sorted({key for key in _literal_keys() if not i18n.has(key)})
    assert missing == []


def test_every_report_column_has_header_words():
    columns = {name for report in catalogue.REPORTS.values() for name in report.schema}
    assert sorted(c for c in columns if not i18n.has(f"columns.{c}")) == []


def test_every_error_has_a_sentence():
    kinds = [e for e in vars(errors).values() if isinstance(e, type)]
    codes = {e.code for e in kinds if issubclass(e, errors.YejiError)}
    codes |= {rule.code for record in records.RECORDS.values() for rule in record.RULES}
    assert sorted(c for c in codes if not i18n.has(f"errors.{c}")) == []


def test_a_missing_key_is_an_error():
    with pytest.raises(KeyError):
        i18n.text("zh", "nowhere.nothing")


@pytest.mark.parametrize(("locale", "language"), [("zh-CN", "zh"), ("en-US", "en"), (None, "zh")])
def test_the_first_language_is_the_browser_s(locale, language):
    assert i18n.of_locale(locale) == language
