"""Import of any export by a mapping: see docs/import.md."""

from data.importing.result import ImportResult
from data.importing.run import run
from data.importing.undo import undo

__all__ = ["ImportResult", "run", "undo"]
