"""How results lie on disk: whole files only, HDF5 with one entry per video id."""
