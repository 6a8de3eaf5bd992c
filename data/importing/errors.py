"""What can be wrong with an import as a whole, before any row is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from data.errors import YejiError


@dataclass(frozen=True)
class Problem:
    """One thing to mend: where it stands, the key of its sentence, what fills the sentence.

    `place` reads like the mapping itself: "customer.columns.region" or a file's name.
    """

    place: str
    code: str
    values: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        filled = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.place}: {self.code}" + (f" ({filled})" if filled else "")


class ImportRefusedError(YejiError):
    """The import cannot begin; nothing was stored.

    Values: name, count; `problems` lists everything that was found.
    """

    code = "import_refused"

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(name=name, count=len(self.problems))

    def __str__(self) -> str:
        return "; ".join([f"{self.code}: {self.values['name']}", *map(str, self.problems)])


class MappingError(ImportRefusedError):
    """The mapping cannot be used, or the files are not what it says."""

    code = "mapping_refused"


class ConflictFileError(ImportRefusedError):
    """The file with the person's choices cannot be used."""

    code = "conflicts_refused"


class TemplateExistsError(YejiError):
    """A file of the template is there already; nothing was written. Values: path."""

    code = "template_exists"


class FileError(Exception):
    """One file cannot be read as the mapping says; the import collects these."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))
