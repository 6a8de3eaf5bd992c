"""A believable sales department made by code, the same for the same day."""

from data.demo.department import frames

__all__ = ["frames"]
