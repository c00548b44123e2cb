"""Where a download may be sent on to: the same host, or one that its publisher is known to keep files on."""

import http.client
import urllib.request
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

# By the host that was asked. A name that begins with a dot stands for every host below it.
KEEPS_FILES_ON = {
    "huggingface.co": (".huggingface.co", ".hf.co"),
    "github.com": (
        "raw.githubusercontent.com",
        "objects.githubusercontent.com",
        "release-assets.githubusercontent.com",
        "codeload.github.com",
    ),
}


class RedirectError(ValueError):
    """A server wanted to send a download elsewhere; the message names both addresses and what to do."""


class CheckedRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects of one download as far as `check_redirect` allows."""

    def __init__(self, url: str) -> None:
        self._url = url

    def http_error_302(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: http.client.HTTPMessage
    ) -> Any:
        check_redirect(self._url, _joined(req.full_url, headers.get("Location") or ""))
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def check_redirect(url: str, target: str) -> None:
    """Raises RedirectError unless a download from `url` may go on to `target`: never from https to anything else."""
    try:
        asked, offered = urlsplit(url), urlsplit(target)
        allowed = _scheme_is_kept(asked, offered) and (_same_host(asked, offered) or _keeps_files_on(asked, offered))
    except ValueError:
        allowed = False
    if not allowed:
        raise RedirectError(
            f"{url}: the server redirects to {target}, which is another host or a weaker scheme; if that is the "
            "publisher's, correct url in registry.csv, or add the host to KEEPS_FILES_ON in hapvr/fetch/redirects.py"
        )


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def _scheme_is_kept(asked: SplitResult, offered: SplitResult) -> bool:
    return offered.scheme == "https" or offered.scheme == asked.scheme == "http"


def _same_host(asked: SplitResult, offered: SplitResult) -> bool:
    if asked.hostname != offered.hostname:
        return False
    return _port(asked) == _port(offered) or (_port(asked), _port(offered)) == (80, 443)


def _port(address: SplitResult) -> int:
    return address.port or {"http": 80, "https": 443}[address.scheme]


def _keeps_files_on(asked: SplitResult, offered: SplitResult) -> bool:
    known = KEEPS_FILES_ON.get(asked.hostname or "", ())
    host = offered.hostname or ""
    return _port(offered) in (80, 443) and any(
        host.endswith(name) if name.startswith(".") else host == name for name in known
    )
