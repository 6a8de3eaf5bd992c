"""Backups in words, without Streamlit: for the screen and the terminal."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from data.archive import Archive
from pages.ui import format as fmt
from pages.ui import i18n


def lines(made: Sequence[Archive], language: str, zone: ZoneInfo) -> list[str]:
    """A line per backup: when, how large, why, and where; what no key here sealed is marked."""
    if not made:
        return [i18n.text(language, "backup.none")]
    return ["  ".join(_cells(backup, language, zone)) for backup in made]


def reason(backup: Archive, language: str) -> str:
    """Why it was made; that it is another store's, if it is."""
    if not backup.is_sealed:
        return i18n.text(language, "backup.foreign")
    return i18n.text(language, f"backup.reason_{backup.manifest.reason}")


def _cells(backup: Archive, language: str, zone: ZoneInfo) -> tuple[str, ...]:
    moment = backup.manifest.made_at.astimezone(zone)
    size = fmt.size(backup.manifest.size)
    return f"{moment:%Y-%m-%d %H:%M}", f"{size:>9}", reason(backup, language), str(backup.path)
