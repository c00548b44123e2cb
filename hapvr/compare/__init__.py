"""Two states of the project side by side: commits, branches, experiments, the working tree."""
