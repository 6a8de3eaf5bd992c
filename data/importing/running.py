"""An import under way in a thread of its own: it goes on whatever becomes of the screen."""

import threading
from collections.abc import Callable
from typing import NamedTuple

from data.importing.result import ImportResult
from data.importing.run import Progress

Work = Callable[[Progress], ImportResult]


class At(NamedTuple):
    """How far it is: step (read, check, store), done, of how many."""

    step: str
    done: int
    total: int


class Running:
    """Started at once; asked for its progress and, when it has ended, for its result."""

    def __init__(self, work: Work) -> None:
        """`work(progress)` is the import."""
        self.at = At("read", 0, 1)
        self._result: ImportResult | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(work,), name="yeji-import")
        self._thread.start()

    def ended(self, seconds: float = 0.0) -> bool:
        """Whether it has ended, or does within so many seconds."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def result(self) -> ImportResult:
        """What it did; raises what it raised."""
        if self._error is not None:
            raise self._error
        assert self._result is not None
        return self._result

    def _run(self, work: Work) -> None:
        try:
            self._result = work(self._tell)
        except BaseException as error:  # told to whoever asks for the result
            self._error = error

    def _tell(self, step: str, done: int, total: int) -> None:
        self.at = At(step, done, total)
