"""Every kind of Redis address works for all clients of the site, or is refused in one sentence."""

import asyncio
import datetime
import ipaddress
import socket
import ssl
import subprocess
import threading
from contextlib import suppress
from urllib.parse import quote

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import ImproperlyConfigured
from django_rq.connection_utils import get_redis_connection
from redis import Redis, RedisError
from rq import Queue

from sdsite.core import rate_limits
from sdsite.redis_address import parse
from sdsite.server import valkey
from tests.support.site import free_port, wait_for

PASSWORD = "p@ss word"


class OnePort:
    """A Valkey server on a loopback port, with a password, and a Sentinel that watches it."""

    def __init__(self, folder):
        self.port, self.sentinel_port = free_port(), free_port()
        config = folder / "sentinel.conf"
        config.write_text(
            f"port {self.sentinel_port}\nbind 127.0.0.1\nrequirepass watcher\n"
            f'sentinel monitor ours 127.0.0.1 {self.port} 1\nsentinel auth-pass ours "{PASSWORD}"\n'
        )
        server = ["--port", self.port, "--bind", "127.0.0.1", "--save", "", "--requirepass", PASSWORD]
        self.processes = [self.run(folder, *server), self.run(folder, config, "--sentinel")]
        login = f":{quote(PASSWORD)}@"
        self.server = f"{login}127.0.0.1:{self.port}"
        self.sentinels = f"{login}127.0.0.1:{free_port()},127.0.0.1:{self.sentinel_port}"

    def run(self, folder, *words):
        command = [str(valkey.binary()), *map(str, words)]
        return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait(10)


class TlsInFront:
    """Takes TLS connections on a loopback port and hands them on to `port` in the clear."""

    def __init__(self, port, folder):
        self.certificate = folder / "tls.pem"
        self.target = ("127.0.0.1", port)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(make_certificate(self.certificate))
        self.listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with suppress(OSError):
            while True:
                outer, inner = self.listener.accept()[0], socket.create_connection(self.target)
                for pair in ((outer, inner), (inner, outer)):
                    threading.Thread(target=self.copy, args=pair, daemon=True).start()

    @staticmethod
    def copy(source, target):
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)


def make_certificate(path):
    """Write a certificate for 127.0.0.1 and its key to `path`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
    made = builder.not_valid_after(now + datetime.timedelta(days=1)).add_extension(address, critical=False)
    kinds = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    signed = made.sign(key, hashes.SHA256())
    path.write_bytes(key.private_bytes(*kinds) + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """A server, a Sentinel and TLS in front of the server."""
    folder = tmp_path_factory.mktemp("redis")
    one = OnePort(folder)
    one.tls = TlsInFront(one.port, folder)
    direct = Redis(port=one.port, password=PASSWORD)

    def answers():
        with suppress(RedisError):
            return direct.ping() and parse(ADDRESSES["sentinel"](one)).client(socket_timeout=1).ping()

    try:
        wait_for(answers, what="the Sentinel to know its server")
        yield one
    finally:
        one.stop()


ADDRESSES = {
    "redis": lambda one: f"redis://{one.server}/2",
    "valkey": lambda one: f"valkey://{one.server}?db=2",
    "rediss": lambda one: f"rediss://:{quote(PASSWORD)}@127.0.0.1:{one.tls.port}/2?ssl_ca_certs={one.tls.certificate}",
    "valkeys": lambda one: f"valkeys://:{quote(PASSWORD)}@127.0.0.1:{one.tls.port}/2?ssl_cert_reqs=none",
    "sentinel": lambda one: f"redis+sentinel://{one.sentinels}/ours/2?sentinel_password=watcher",
}


@pytest.mark.parametrize("kind", ADDRESSES)
def test_every_client_of_the_site_uses_it(servers, settings, kind):
    address = parse(ADDRESSES[kind](servers))
    settings.REDIS_URL = ADDRESSES[kind](servers)
    own = address.client(socket_connect_timeout=2)
    own.flushall()

    queue = Queue("interactive", connection=get_redis_connection(address.for_queue()))
    queue.enqueue("operator.add", 1, 2)
    assert "rq:queue:interactive" in {key.decode() for key in own.scan_iter()}  # in the same database

    rate_limits.spend("fetch", "somebody")
    assert any(key.startswith(b"sdsite:limits") for key in own.scan_iter())

    assert asyncio.run(publish_and_receive(address)) == {"type": "hello"}


async def publish_and_receive(address):
    layer = RedisPubSubChannelLayer(hosts=[address.for_channel_layer()], prefix="sdsite")
    channel = await layer.new_channel()
    async with address.async_client() as client:
        await client.set("sdsite:seen", 1)
    await layer.send(channel, {"type": "hello"})
    message = await asyncio.wait_for(layer.receive(channel), 10)
    await layer.flush()
    return message


def test_unix_sockets_have_several_names():
    plain = parse("unix:///run/x.sock?db=1")
    assert plain == parse("redis+unix:///run/x.sock?db=1") == parse("redis+socket:///run/x.sock?db=1")
    assert plain.client().connection_pool.connection_kwargs["path"] == "/run/x.sock"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("redis+cluster://:secret@a:1", "a cluster cannot hold the queue"),
        ("redis://:secret@a:1,b:2/0", "it names several servers"),
        ("amqp://:secret@a", "must be redis://.*; got amqp://"),
        ("secret", "an address without ://"),
        ("redis://:secret@a:port/0", "[Pp]ort"),
        ("redis://:secret@a:99999/0", "[Pp]ort"),
        ("redis://:secret@/0", "host is missing"),
        ("redis://:secret@a/mine", "must be a number"),
        ("redis://:secret@a/0?sslcert=x", "unknown option: sslcert"),
        ("redis://:secret@a/0?socket_timeout=soon", "socket_timeout"),
        ("unix://run/x.sock", "three slashes"),
        ("redis+sentinel://:secret@a:26379", "name by which the Sentinels"),
        ("redis+sentinel://:secret@a:26379/ours/mine", "must be a number"),
        ("redis+sentinel://:secret@a:b/ours", "[Pp]ort"),
        ("redis+sentinel://:secret@a,/ours", "host of a Sentinel is missing"),
        ("redis+sentinel://:secret@a/ours?colour=red", "unknown options: colour"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence_without_the_password(address, sentence):
    with pytest.raises(ImproperlyConfigured, match=sentence) as refused:
        parse(address)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)
