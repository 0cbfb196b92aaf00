"""A language model of OpenAI's chat API on this machine, which answers as it is told."""

import contextlib
import http.server
import json
import threading

THOUGHTS = "<think>What would a fox like?</think>"


class Answers(http.server.BaseHTTPRequestHandler):
    """Keeps (path, authorization, body) of each request in the server's `received`."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append((self.path, self.headers["Authorization"], body))
        status, text = self.server.answer
        raw = text if isinstance(text, bytes) else json.dumps({"choices": [{"message": {"content": text}}]}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        with contextlib.suppress(OSError):  # the site reads no more than it wants
            self.wfile.write(raw)

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def language_model():
    """Run one; its `answer` is (status, text or raw bytes)."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads, server.received = True, []
    server.answer = (200, f'{THOUGHTS}\n"A red fox\nin deep snow"')
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def make_enhancer(server, **fields):
    """Return the row of a language model in the own network."""
    from generation.models import PromptEnhancer

    values = {"name": "Scribe", "url": f"http://127.0.0.1:{server.server_port}/v1/", "model": "small", "is_local": True}
    return PromptEnhancer.objects.create(**{**values, "key": "model-key", **fields})
