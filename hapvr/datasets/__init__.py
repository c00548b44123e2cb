"""What each benchmark asks: one dataset.json format, and readers of the published annotation files."""
