"""Back-pressure for what clients send over daphne's websockets: they read only as fast as the frames are handled.

Daphne parses everything that arrives and queues it without a bound, so one client that sends small frames as fast as
it can would hold the event loop and fill the memory. Here frames are parsed while the budget of their user lasts and
the consumer keeps up; meanwhile the rest waits in the connection, where TCP slows the client down.
"""

from collections.abc import Callable
from typing import Any

from autobahn.websocket.protocol import WebSocketProtocol as States
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from sdsite.core.frame_budget import FrameBudget

MOST_QUEUED = 64  # messages that the consumer has not taken yet
PAUSE_SECONDS = 0.05


def _never() -> bool:
    return False


class BoundedWebSocket(WebSocketProtocol):
    """A websocket that stops reading while its frame budget is spent or its consumer is behind.

    `frame_budget` counts parsed frames of every kind, pings and fragments included; `is_behind` asks the consumer. The
    consumer sets both by `Backpressure.bound_reading`.
    """

    is_behind: Callable[[], bool] = staticmethod(_never)
    waits = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin with a budget of its own, until the consumer knows the user."""
        super().__init__(*args, **kwargs)
        self.frame_budget = FrameBudget()

    def consumeData(self) -> None:  # noqa: N802
        """Parse what has arrived while frames may be read; called by autobahn for each piece of data."""
        if self.state not in (States.STATE_OPEN, States.STATE_CLOSING):
            super().consumeData()
            return
        more = not self.waits
        while more and self.state != States.STATE_CLOSED:
            if not self._may_read():
                self._wait()
                return
            more = self.processData()

    def _may_read(self) -> bool:
        behind = self.application_queue.qsize() >= MOST_QUEUED or self.is_behind()
        # A frame is taken whole: only its first step costs.
        return not behind and (self.current_frame is not None or self.frame_budget.take())

    def _wait(self) -> None:
        self.waits = True
        self.transport.pauseProducing()
        self.factory.reactor.callLater(PAUSE_SECONDS, self._go_on)

    def _go_on(self) -> None:
        self.waits = False
        if self.state != States.STATE_CLOSED:
            self.transport.resumeProducing()
            self.consumeData()


def bound_reading() -> None:
    """Let daphne use `BoundedWebSocket`, in this process."""
    WebSocketFactory.protocol = BoundedWebSocket
