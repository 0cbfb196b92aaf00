"""Fixtures of what leaves the site: a mail server, a push service, and a browser's subscription."""

import base64
import http.server
import threading
from datetime import timedelta

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings as django_settings
from django.utils import timezone

from sdsite.accounts.models import NoticeDelivery
from sdsite.accounts.notices.push.devices import add_device
from sdsite.accounts.notices.sending import delivery
from tests.support.mail_server import MailServer


class PushService(http.server.BaseHTTPRequestHandler):
    """Keeps what is posted to it, and answers as it is told."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers, body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 201)
        self.end_headers()

    def log_message(self, *args):
        pass


class Browser:
    """The keys of a browser's subscription, and the reading of what is sent to it."""

    def __init__(self):
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = b"0123456789abcdef"
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.keys = {"p256dh": self.encoded(point), "auth": self.encoded(self._auth)}

    @staticmethod
    def encoded(value):
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    def read(self, body):
        return http_ece.decrypt(body, private_key=self._key, auth_secret=self._auth, version="aes128gcm")


@pytest.fixture
def push_service(monkeypatch):
    """A push service at an address that the settings allow."""
    monkeypatch.setitem(django_settings.ENV, "SDSITE_FETCH_ALLOW", ["127.0.0.1"])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), PushService)
    server.daemon_threads = True
    server.received, server.answers = [], []
    server.url = f"http://127.0.0.1:{server.server_port}/send/1"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def push_browser():
    """A browser."""
    return Browser()


@pytest.fixture
def device(alice, push_service, push_browser):
    """Alice's browser, which takes push messages."""
    return add_device(user=alice, endpoint=push_service.url, name="Firefox on Linux", **push_browser.keys)


@pytest.fixture
def mail_server(settings):
    """A mail server that the site uses."""
    server = MailServer()
    settings.MAIL_IS_SENT = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.stop()


@pytest.fixture
def send_all():
    """Return a function that sends what is due after some time, one after the other; it returns how many there were."""

    def run(after=timedelta()):
        done = 0
        while claimed := delivery.claim(now=timezone.now() + after):
            delivery.attempt(claimed)
            done += 1
        return done

    return run


@pytest.fixture
def waiting():
    """Return a function that lists (way, attempts) of what waits."""
    return lambda: list(NoticeDelivery.objects.values_list("way", "attempts"))
