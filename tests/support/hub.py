"""A Hub on loopback: the listing and the files of one repository, as the real one serves them."""

import hashlib
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

COMMIT = "c0ffee" + "0" * 34
PIECE = 1 << 16


class Hub:
    """One repository "owner/name" with the files of `folder`; `pause` seconds between pieces of PIECE bytes."""

    def __init__(self, folder, repository="owner/name", *, pause=0.0):
        self.folder, self.repository, self.pause = Path(folder), repository, pause
        self.asked, self.ranges, self.tokens = [], [], set()
        self.served = 0
        self.damage = ""

    def listing(self):
        """Return what the API says about the repository."""
        siblings = []
        for path in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            one = {"rfilename": path.relative_to(self.folder).as_posix(), "size": path.stat().st_size}
            if path.suffix == ".safetensors":
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                one["lfs"] = {"sha256": digest, "size": one["size"], "pointerSize": 130}
            siblings.append(one)
        return {"id": self.repository, "sha": COMMIT, "siblings": siblings, "tags": [], "private": False}

    @contextmanager
    def serving(self):
        """Serve while the context lasts; yields the endpoint's address."""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                hub.answer(self)

            def log_message(self, *args):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()

    def answer(self, request):
        """Answer one GET."""
        path = unquote(urlsplit(request.path).path)
        self.asked.append(path)
        self.tokens.add(request.headers.get("Authorization"))
        if path.startswith(f"/api/models/{self.repository}"):
            return self._send(request, 200, json.dumps(self.listing()).encode(), "application/json")
        prefix = f"/{self.repository}/resolve/{COMMIT}/"
        file = self.folder / path.removeprefix(prefix)
        if not path.startswith(prefix) or not file.is_file():
            return self._send(request, 404, b"not found", "text/plain")
        data = file.read_bytes()
        if self.damage and path.endswith(self.damage):
            data = bytes(len(data))
        start = int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
        if start:
            self.ranges.append((path.removeprefix(prefix), start))
        return self._send(request, 206 if start else 200, data[start:], "application/octet-stream")

    def _send(self, request, status, body, kind):
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        try:
            for start in range(0, len(body), PIECE):
                request.wfile.write(body[start : start + PIECE])
                self.served += len(body[start : start + PIECE])
                if self.pause:
                    time.sleep(self.pause)
        except OSError:
            request.close_connection = True
