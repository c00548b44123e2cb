"""What code a stage runs: a digest of the modules that it imports, by syntax tree."""

from hapvr.params import Params


def stage_digest(params: Params, stage: str, item: str = "") -> str:
    """Digest of the code of a stage, for one run, dataset, … `item`."""
    raise NotImplementedError
