"""Interface words, without Streamlit: the language is an argument.

`locale/<section>.toml` holds one line per key with both languages side by side, so a
sentence and its translation cannot drift apart. A missing key is an error, not a blank.
"""

import os
import tomllib
from functools import cache
from pathlib import Path

from data.errors import YejiError

LANGUAGES = {"zh": "中文", "en": "EN"}
_LOCALE = Path(__file__).parent / "locale"


@cache
def catalog() -> dict[str, dict[str, str]]:
    """Key -> language -> text, e.g. 'reps.title' -> {'zh': ..., 'en': ...}."""
    return {
        f"{path.stem}.{key}": words
        for path in sorted(_LOCALE.glob("*.toml"))
        for key, words in tomllib.loads(path.read_text(encoding="utf-8")).items()
    }


def text(language: str, key: str, **values: object) -> str:
    """Words of `key` with {values} filled in.

    Raises:
        KeyError: the key or one of its values is missing.
    """
    return catalog()[key][language].format(**values)


def section(language: str, name: str) -> dict[str, str]:
    """All words of one file: what stands after "<name>." -> text."""
    start = f"{name}."
    found = {key: words for key, words in catalog().items() if key.startswith(start)}
    return {key.removeprefix(start): words[language] for key, words in found.items()}


def sentence(language: str, error: YejiError) -> str:
    """What went wrong and what to do, in one sentence."""
    return text(language, f"errors.{error.code}", **error.values)


def has(key: str) -> bool:
    """Whether words exist for `key`."""
    return key in catalog()


def column(language: str, name: str) -> str:
    """Header words of a report column; a column without words is an error."""
    return text(language, f"columns.{name}")


def of_environment() -> str:
    """The terminal's language: zh when the locale says so, else en."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if locale.lower().startswith("zh") else "en"


def of_locale(locale: str | None) -> str:
    """The language for a browser's locale such as 'zh-CN'; Chinese when it sends none."""
    return "en" if locale and not locale.lower().startswith("zh") else "zh"
