"""The stages of dvc.yaml for another engine: what they are, which are stale, and recording those that ran."""
