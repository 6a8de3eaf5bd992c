"""Charts: a collected frame and words in, a Plotly figure out."""
