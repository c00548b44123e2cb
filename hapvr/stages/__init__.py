"""The stages of dvc.yaml, one a file: which values and files go in, what is done, which files come out."""
