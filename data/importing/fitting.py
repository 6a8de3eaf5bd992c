"""Which mappings fit the files at hand: those shipped, and those that people saved."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from data.importing import mapping as mappings
from data.importing.errors import MappingError
from data.importing.files import HIDDEN, Folder
from data.importing.grammar import Feed
from data.importing.needs import plans

Said = dict[str, object]
Tables = Mapping[str, pl.DataFrame]


def documents(saved: Mapping[str, str]) -> dict[str, Said]:
    """The documents of all mappings by name, the saved ones first."""
    shipped = {path.stem: path.read_text("utf-8") for path in mappings.SHIPPED.glob("*.toml")}
    return {name: tomllib.loads(text) for name, text in {**saved, **shipped}.items()}


def fitting(known: Mapping[str, Said], folder: Path, tables: Tables) -> Iterator[tuple[str, Said]]:
    """Mappings that read the files of a folder as they are, with the names these files have.

    A file is known by its name, else by its headers: an export of another day is called
    something else.
    """
    for name, said in known.items():
        renamed = _renamed(said, tables)
        if renamed is not None and _fits(name, renamed, folder):
            yield name, renamed


def _fits(name: str, said: Said, folder: Path) -> bool:
    try:
        wanted = mappings.parse(dict(said), name)
        return bool(plans(wanted, Folder(folder, wanted.options)))
    except MappingError:
        return False


def _renamed(said: Said, tables: Tables) -> Said | None:
    """The document with the names of these files; None where one of its files is not there."""
    try:
        wanted = mappings.parse(dict(said), "")
    except MappingError:
        return None
    names: dict[str, str] = {}
    for feeds in wanted.feeds.values():
        for feed in feeds:
            if feed.file and not feed.optional:
                found = _answering(feed, tables)
                if found is None:
                    return None
                names[feed.file] = found
    return _replaced(said, names)


def _answering(feed: Feed, tables: Tables) -> str | None:
    assert feed.file
    for file in tables:
        if file.lower() == feed.file.lower() or Path(file).match(feed.file):
            return feed.file
    asked = {c.headers[0] for c in feed.columns.values() if c.headers and not c.optional}
    same = [
        file
        for file, rows in tables.items()
        if asked and asked <= {name for name in rows.columns if name not in HIDDEN}
    ]
    return same[0] if len(same) == 1 else None


def _replaced(said: Said, names: Mapping[str, str]) -> Said:
    """The document with other names of files wherever it names them."""

    def walk(part: object) -> object:
        if isinstance(part, dict):
            return {
                key: names.get(str(value), value) if key == "file" else walk(value)
                for key, value in part.items()
            }
        return [walk(item) for item in part] if isinstance(part, list) else part

    renamed = {key: walk(value) for key, value in said.items() if key != "files"}
    options = said.get("files")
    if isinstance(options, dict):
        renamed["files"] = {names.get(file, file): value for file, value in options.items()}
    return renamed
