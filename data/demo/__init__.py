"""A believable sales department made by code, the same for the same day."""

from data.demo.department import frames
from data.demo.filling import fill, refresh_if_stale

__all__ = ["fill", "frames", "refresh_if_stale"]
