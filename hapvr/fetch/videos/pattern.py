"""How the files of a folder are named after the ids of videos."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from urllib.parse import quote, urlsplit

ID = "{id}"
ANY_FORMAT = ".*"


def check_pattern(pattern: str) -> str:
    """Raises ValueError unless it has one {id}, ends in any format, and names no folder outside."""
    parts = PurePosixPath(pattern).parts
    if pattern.count(ID) != 1 or not pattern.endswith(ANY_FORMAT) or pattern.startswith("/") or ".." in parts:
        raise ValueError(
            f'expected a path with {ID} once that ends in {ANY_FORMAT}, such as "{ID}.*" or "{ID}/video.*", '
            f"found {pattern!r}"
        )
    return pattern


def check_address(url: str) -> str:
    """Raises ValueError unless it is a web address with one {id}."""
    split = urlsplit(url)
    if split.scheme not in ("http", "https") or not split.netloc or ID in split.netloc or url.count(ID) != 1:
        raise ValueError(f"expected an http or https address with {ID} once after its host, found {url!r}")
    return url


def address_of(url: str, video: str) -> str:
    """The address of a video."""
    return url.replace(ID, quote(video, safe=""))


@dataclass(frozen=True)
class Pattern:
    """How the paths of video files end; * stands for any text without a slash."""

    text: str

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        pieces = {ID: "(?P<id>[^/]+)", "*": "[^/]*"}
        parts = re.split(r"(\{id\}|\*)", self.text)
        return re.compile("(?:.*/)?" + "".join(pieces.get(part, re.escape(part)) for part in parts), re.DOTALL)

    def id_of(self, path: str) -> str | None:
        """Whose video a file is, by its path below the folder; None: nobody's."""
        found = self._regex.fullmatch(path)
        return found["id"] if found else None

    def new_file(self, video: str, suffix: str) -> PurePosixPath:
        """Where a fetched video goes, below the folder: any other text that the pattern leaves open is "fetched"."""
        return PurePosixPath(self.text.removesuffix(ANY_FORMAT).replace("*", "fetched").replace(ID, video) + suffix)
