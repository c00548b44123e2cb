"""A web server on 127.0.0.1 that can resume, and that misbehaves on request."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Site:
    """What is served, how, and what was asked for. refused, cut: by path, statuses and bytes sent, at first."""

    files: dict[str, bytes]
    cut_after: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    retry_after: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    ignores_if_range: bool = False
    hangs: float = 0
    refused: dict[str, list[int]] = field(default_factory=dict)
    cut: dict[str, list[int]] = field(default_factory=dict)
    redirect: dict[str, str] = field(default_factory=dict)
    version: str = '"1"'
    lies_about_length: int = 0
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    address: str = ""


class Handler(BaseHTTPRequestHandler):
    site: Site

    def log_message(self, *arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.site.requests.append((self.path, asked))
        time.sleep(self.site.hangs)
        if self.site.statuses:
            retry_after = {} if self.site.retry_after is None else {"Retry_After": self.site.retry_after}
            self.send_answer(self.site.statuses.pop(0), **retry_after)
        elif self.site.refused.get(self.path):
            self.send_error(self.site.refused[self.path].pop(0))
        elif self.path in self.site.redirect:
            self.send_answer(302, Location=self.site.redirect[self.path])
        elif self.path not in self.site.files:
            self.send_error(404)
        else:
            self.send_body(self.site.files[self.path], asked)

    def send_answer(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def send_body(self, body: bytes, asked: str | None) -> None:
        start = 0
        # yt-dlp resumes without If-Range.
        if asked and (
            self.site.ignores_if_range or self.headers.get("If-Range", self.site.version) == self.site.version
        ):
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                return self.send_answer(416, Content_Range=f"bytes */{len(body) + self.site.lies_about_length}")
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        self.send_header("ETag", self.site.version)
        for name, value in self.site.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) - start + self.site.lies_about_length))
        self.end_headers()
        cuts = self.site.cut.get(self.path) or self.site.cut_after
        with suppress(ConnectionError):  # It may have had enough.
            self.wfile.write(body[start:][: cuts.pop(0) if cuts else None])


@contextmanager
def serve(site: Site) -> Iterator[Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("OfSite", (Handler,), {"site": site}))
    # A client that has seen enough hangs up.
    server.handle_error = lambda request, address: None  # type: ignore[method-assign]
    site.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
