"""Pages of what each query of a benchmark finds, by two runs side by side."""
