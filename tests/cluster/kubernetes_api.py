"""As much of the API of Kubernetes as Snakemake's executor asks, on 127.0.0.1; a job's command runs on this machine."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CONFIG = """
apiVersion: v1
kind: Config
current-context: stand-in
contexts: [{{name: stand-in, context: {{cluster: stand-in, user: nobody}}}}]
clusters: [{{name: stand-in, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
users: [{{name: nobody, user: {{}}}}]
"""


@contextmanager
def kubernetes_api(folder: Path) -> Iterator[list[dict[str, Any]]]:
    """The jobs that it was asked for. `folder/config` leads to it; pods begin in the empty `folder/pod`."""
    (folder / "pod").mkdir(parents=True)
    jobs: list[dict[str, Any]] = []
    ended: dict[str, subprocess.Popen[bytes]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path.endswith("/jobs"):
                jobs.append(body)
                (container,) = body["spec"]["template"]["spec"]["containers"]
                command = [*container["command"], *container["args"]]
                with (folder / f"{body['metadata']['name']}.log").open("wb") as log:
                    process = subprocess.Popen(command, cwd=folder / "pod", stdout=log, stderr=subprocess.STDOUT)
                ended[body["metadata"]["name"]] = process
            self.answer(body)

        def do_GET(self) -> None:
            place = self.path.partition("?")[0]
            if place.endswith("/pods"):
                self.answer({"kind": "PodList", "items": []})
                return
            code = ended[place.removesuffix("/status").rpartition("/")[2]].poll()
            self.answer({"status": {"succeeded": int(code == 0), "failed": int(code not in (0, None))}})

        def do_DELETE(self) -> None:
            self.answer({"kind": "Status", "status": "Success"})

        def answer(self, content: dict[str, Any]) -> None:
            text = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        (folder / "config").write_text(CONFIG.format(port=server.server_port))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield jobs
        server.shutdown()
        for process in ended.values():
            process.kill()
            process.wait()
