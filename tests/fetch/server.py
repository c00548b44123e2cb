"""A web server on 127.0.0.1 that can resume, and that misbehaves on request."""

import threading
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
    refused: dict[str, list[int]] = field(default_factory=dict)
    cut: dict[str, list[int]] = field(default_factory=dict)
    redirect: dict[str, str] = field(default_factory=dict)
    version: str = '"1"'
    lies_about_length: int = 0
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    address: str = ""


@contextmanager
def serve(site: Site) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: Any) -> None:
            pass

        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            site.requests.append((self.path, asked))
            if site.statuses:
                return self.send_error(site.statuses.pop(0))
            if site.refused.get(self.path):
                return self.send_error(site.refused[self.path].pop(0))
            if self.path in site.redirect:
                self.send_response(302)
                self.send_header("Location", site.redirect[self.path])
                return self.end_headers()
            if self.path not in site.files:
                return self.send_error(404)
            self.send_body(site.files[self.path], asked)

        def send_body(self, body: bytes, asked: str | None) -> None:
            start = 0
            if asked and self.headers.get("If-Range", site.version) == site.version:
                start = int(asked.removeprefix("bytes=").removesuffix("-"))
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            else:
                self.send_response(200)
            self.send_header("ETag", site.version)
            self.send_header("Content-Length", str(len(body) - start + site.lies_about_length))
            self.end_headers()
            cuts = site.cut.get(self.path) or site.cut_after
            with suppress(ConnectionError):  # It may have had enough.
                self.wfile.write(body[start:][: cuts.pop(0) if cuts else None])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
