"""Use on one's own videos: compare two of them, find copies of one in a folder."""
