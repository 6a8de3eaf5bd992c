"""How fast it is, measured; see README.md here."""
