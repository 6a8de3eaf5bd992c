"""What a forecast is made of: the history, the chances it implies, and their simulation."""
