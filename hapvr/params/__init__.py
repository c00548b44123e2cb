"""`params.yaml`: one schema for every preset, checked before any stage runs."""

from hapvr.params.load import ParamsError, load
from hapvr.params.root import Params

__all__ = ["Params", "ParamsError", "load"]
