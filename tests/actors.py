"""Who acts in tests that are not about rights."""

from data.actor import Actor


def by(name: str) -> Actor:
    """Somebody of that name who may do anything."""
    return Actor(name, is_trusted=True)
