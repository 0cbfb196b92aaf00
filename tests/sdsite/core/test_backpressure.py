"""Backpressure: waits while the transport's buffer is full, never where no transport is known."""

import asyncio
from functools import partial
from types import SimpleNamespace

import pytest
import txaio
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransportWithDisconnection

from sdsite.core.backpressure import CLOSING_SECONDS, KEY, Backpressure, get_backpressure, with_backpressure


class Request:
    """What daphne's request has, as far as backpressure is concerned."""

    def __init__(self):
        self.channel, self.producers = object(), []

    def registerProducer(self, producer, streaming):
        self.producers.append(producer)

    def unregisterProducer(self):
        self.producers.clear()


@pytest.fixture
def request_of_daphne():
    return Request()


@pytest.fixture
def line(request_of_daphne):
    """Backpressure of an open response."""
    made = Backpressure(partial(lambda request, message: None, request_of_daphne))
    made.open()
    return made


async def waits(line):
    waiting = asyncio.ensure_future(line.clear())
    await asyncio.sleep(0.01)
    if waiting.done():
        return False
    waiting.cancel()
    return True


async def test_it_waits_while_the_buffer_is_full(line, request_of_daphne):
    assert request_of_daphne.producers == [line]
    assert not await waits(line)
    line.pauseProducing()
    assert await waits(line)
    line.resumeProducing()
    assert not await waits(line)


@pytest.mark.parametrize("ending", ["stopProducing", "close"])
async def test_it_waits_no_more_once_the_client_or_the_response_is_gone(line, ending):
    line.pauseProducing()
    waiting = asyncio.ensure_future(line.clear())
    getattr(line, ending)()
    await asyncio.wait_for(waiting, 5)


async def test_it_never_waits_where_no_transport_is_known():
    for send in (None, lambda message: None, partial(lambda owner, message: None, object())):
        line = Backpressure(send)
        line.open()
        assert not await waits(line)
        line.close()


async def test_each_request_has_its_own_in_its_scope():
    seen = []

    async def application(scope, receive, send):
        seen.append(get_backpressure(SimpleNamespace(scope=scope)))

    for _ in range(2):
        await with_backpressure(application)({"type": "http"}, None, partial(lambda request, message: None, Request()))
    assert len(set(map(id, seen))) == 2
    assert KEY
    assert isinstance(get_backpressure(SimpleNamespace()), Backpressure)


def test_a_websocket_that_is_closed_stays_open_until_a_slow_client_can_have_read_why(monkeypatch):
    """With autobahn's own protocol and a clock that the test moves."""
    clock = Clock()
    monkeypatch.setattr(txaio.config, "loop", clock)
    factory = WebSocketServerFactory(reactor=clock)
    factory.protocol = WebSocketServerProtocol
    protocol = factory.buildProtocol(None)
    transport = StringTransportWithDisconnection()
    transport.protocol = protocol
    transport.abortConnection = transport.loseConnection
    protocol.makeConnection(transport)
    transport.registerProducer(object(), True)  # of the request that became a websocket
    protocol.state = protocol.STATE_OPEN
    protocol.websocket_version = 13
    made = Backpressure(partial(lambda owner, message: None, protocol))
    made.open()
    protocol.sendClose(4401)
    clock.advance(CLOSING_SECONDS / 2)
    assert transport.connected
    clock.pump([1] * CLOSING_SECONDS)
    assert not transport.connected
