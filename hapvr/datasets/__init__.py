"""What each benchmark asks: one dataset.json format, and readers of published annotation files, one dataset a file.

A reader takes the folder of the annotation files and gives a `Dataset`. It is named like its file and its dataset. One
that has the keyword `found` gets the ids of the videos that are at hand.
"""

from pathlib import Path

from hapvr.registry import Registry

READERS = Registry(__name__, Path(__file__).parent, functions=True)
