"""The index of a folder: built, kept and brought up to date."""
