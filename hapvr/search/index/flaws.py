"""What is said of files that are not searched, or in part: in full once, in one line from then on."""

from collections.abc import Iterator, Mapping

from hapvr.search.files.videos import printable
from hapvr.search.index.indexing import Flaws


def report_flaws(flaws: Flaws, *, in_full: bool) -> Iterator[str]:
    """Lines for standard error. in_full: those that were reported before, too."""
    yield from _report(
        flaws.unreadable, flaws.new, in_full, "skipped, tried again when they change or with --rebuild", "skipped"
    )
    yield from _report(flaws.damaged, flaws.new, in_full, "damaged, searched in part", "searched in part")


def _report(found: Mapping[str, str], new: frozenset[str], in_full: bool, heading: str, short: str) -> Iterator[str]:
    shown = {path: reason for path, reason in found.items() if in_full or path in new}
    if shown:
        yield f"{heading}: {len(shown)}"
        yield from (f"  {printable(path)}: {printable(reason)}" for path, reason in shown.items())
    if as_before := len(found) - len(shown):
        yield f"{short} as before: {as_before}; --skipped says which and why"
