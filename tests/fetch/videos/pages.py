"""Pages of videos on the test server, read by yt-dlp itself through the plugin beside this file."""

import importlib
import json
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.fetch.server import Site

WATCH = "/watch?v="
DOWNLOAD = {
    "by": "yt_dlp", "url": "", "short_side": 360, "cookies": None, "workers": 3, "requests_per_s": 1000, "jitter": 0.5,
    "timeout_s": 5, "wall_s": 20, "limit_mb": 4, "attempts": 3, "pauses_s": [0.01, 0.01],
    "ask_again": ["network", "other"],
}  # fmt: skip


@cache
def load_plugin() -> None:
    """Makes yt-dlp know the test server's pages."""
    from yt_dlp.plugins import load_all_plugins

    sys.path.append(str(Path(__file__).parent / "plugins"))
    importlib.invalidate_caches()
    load_all_plugins()


def show(site: Site, video: str, page: Mapping[str, Any] | str | bytes) -> None:
    """Adds a page: what it says, or a video file that it shows."""
    if isinstance(page, bytes):
        site.files[f"/{video}.mp4"] = page
        formats = [
            {"format_id": "18", "url": f"{site.address}/{video}.mp4", "vcodec": "avc1.42", "width": 640, "height": 360,
             "ext": "mp4", "filesize": len(page)},
        ]  # fmt: skip
        page = {"formats": formats}
    elif isinstance(page, str):
        page = {"said": page}
    site.files[f"{WATCH}{video}"] = json.dumps(page).encode()


def asked(site: Site, video: str) -> int:
    """How often the page of a video was asked for."""
    return sum(path == f"{WATCH}{video}" for path, _ in site.requests)
