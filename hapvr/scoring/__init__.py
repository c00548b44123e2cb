"""Similarity of whole benchmarks: exact, in bounded memory, resumable."""
