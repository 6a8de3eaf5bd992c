"""Who does something to the store, and from where."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """Whom the audit log names. Rights follow from the person's role, never from the name.

    `place` is a network address or "terminal". A trusted actor is the machine's own user, who
    could open the file anyway, or the product itself.
    """

    id: str
    place: str | None = None
    is_trusted: bool = False


MACHINE = Actor("local", "terminal", is_trusted=True)  # whoever has a shell on this machine
