"""Scores of a run made comparable between queries, by what each query scores against background videos."""
