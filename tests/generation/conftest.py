"""An HTTP server that receives webhooks, and jobs without a worker."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
from types import SimpleNamespace

import pytest
from django.conf import settings

from generation.models import WebhookDelivery
from generation.webhooks import actions
from generation.webhooks import delivery as sending


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what it hears in the server's `heard`; answers with the first of `answers`, else and to /quick with 204."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(
            SimpleNamespace(path=self.path, headers=dict(self.headers), body=body, message=json.loads(body))
        )
        answers = [] if self.path.startswith("/quick") else self.server.answers
        status, headers = answers.pop(0) if answers else (204, {})
        if status is None:  # never answer
            self.server.over.wait(30)
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def running_receiver():
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 0), Receiver)
    server.daemon_threads = True
    server.handle_error = lambda *args: None  # senders are killed on purpose
    server.over = threading.Event()
    server.heard, server.answers = [], []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def receiver(running_receiver, monkeypatch):
    """The server, with nothing heard, at an address that the site's owner allows."""
    monkeypatch.setitem(settings.ENV, "SDSITE_FETCH_ALLOW", ["127.0.0.1"])
    running_receiver.heard, running_receiver.answers = [], []
    running_receiver.url = f"http://127.0.0.1:{running_receiver.server_port}/hook?token=in-the-address"
    return running_receiver


@pytest.fixture
def hook(alice, receiver):
    """Alice's webhook for every event."""
    made, _ = actions.create_webhook(owner=alice, name="Bot", url=receiver.url, events=list(actions.EVENTS))
    return made


def is_signed(heard, secret):
    """Tell whether a delivery has a signature made with `secret`, by the recipe's words and none of the site's code."""
    headers = {name.lower(): value for name, value in heard.headers.items()}
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{heard.body.decode()}"
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in headers["webhook-signature"].split(" ")


def send_all():
    """Send what is due, one after the other in the test's own transaction; return the deliveries."""
    done = []
    while delivery := sending.claim():
        sending.attempt(delivery)
        done.append(delivery)
    return done


def log_of(hook):
    """Return (event, state, attempts, status) of each delivery, oldest first."""
    rows = WebhookDelivery.objects.filter(webhook=hook).order_by("created_at")
    return [(row.event, str(row.state), row.attempts, row.response_status) for row in rows]


def wait_is_over(delivery):
    """Let the wait for a delivery's next attempt, or its lease, be over."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(next_attempt_at=delivery.created_at)
