"""View code shared by the screens."""
