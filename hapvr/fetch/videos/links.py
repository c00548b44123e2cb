"""Links in a dataset's folder to the videos in the user's."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path


def link_videos(videos: Iterable[str], names: Mapping[str, str], found: Mapping[str, Path], folder: Path) -> None:
    """Links every video that was found as `folder/{its name}`, and removes links of those that were not."""
    for video in videos:
        link = folder / names[video]
        target = found[video].resolve() if video in found else None
        if target is None:
            link.unlink(missing_ok=True)
        elif not (link.is_symlink() and Path(os.readlink(link)) == target):
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(target)
