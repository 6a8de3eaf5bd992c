"""A demo department of 200,000 deals and a million visits, made once and kept."""

import argparse
from datetime import date
from pathlib import Path

from data import demo
from data.actor import MACHINE
from data.store import Store

SCALE = 80
TODAY = date(2026, 11, 23)  # the same day on every machine, so that figures can be compared


def store_of(description: str) -> Path:
    """The store that the command line names; filled when it is not there yet."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("store", type=Path, help="where the large store is, or will be made")
    path: Path = parser.parse_args().store
    if not path.exists():
        store = Store(path)
        store.load(demo.frames(TODAY, SCALE), actor=MACHINE, origin="demo", source="demo")
        store.save_settings({"as_of": TODAY}, MACHINE)
        store.close()
    return path
