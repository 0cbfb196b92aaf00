"""What a dialect costs beyond the native call for the same wish, over HTTP, with a real daphne, Valkey and worker."""

import base64
import http.client
import json
import math
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from generation.jobs import queue_control
from generation.jobs.cancel import cancel_all
from generation.parameters.schema import GenerationParameters
from sdsite.accounts.api_keys import create_key
from sdsite.accounts.models import User
from sdsite.api.compat import registry
from sdsite.devtools.bench.site import HOST, BenchFailed, BenchSite

LIMIT_MS = 5.0  # what a dialect may cost beyond the native call
ANSWER_SECONDS = 120.0
REFUSED = 503  # what wishes are answered with while the queue is closed
JSON: Any = ["sdsite.json"]  # what the native websocket is asked to speak; Stability's speaks nothing else here
PARAMETERS = {"prompt": "a red heart", "steps": 1, "seed": 7, "width": 128, "height": 128, "guidance_scale": 4.0}
GRAPH = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "starter"}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a red heart", "clip": ["1", 1]}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["1", 1]}},
    "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 128, "height": 128, "batch_size": 1}},
    "5": {
        "class_type": "KSampler",
        "inputs": {
            "model": ["1", 0],
            "positive": ["2", 0],
            "negative": ["3", 0],
            "latent_image": ["4", 0],
            "seed": 7,
            "steps": 1,
            "cfg": 4.0,
            "sampler_name": "ddim",
            "scheduler": "normal",
            "denoise": 1.0,
        },
    },
    "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
    "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "bench"}},
}


class Visitor:
    """A client with one open connection and a key; dialects that know no Bearer get the key as Basic password."""

    def __init__(self, port: int, key: str) -> None:
        """Connect at the first call."""
        self.port = port
        self.key = key
        self.refused = False  # whether the queue is closed, so that every wish must be
        self._connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> None:
        """Send a request and read the answer to its end.

        Raises:
            BenchFailed: it was refused.
        """
        basic = base64.b64encode(f"bench:{self.key}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status >= 300 and not (self.refused and answer.status == REFUSED):
            raise BenchFailed(f"{method} {path} was answered {answer.status}: {said[:300]!r}")

    def draw_by_socket(self, path: str, payload: dict[str, Any], done: Callable[[dict[str, Any]], bool]) -> None:
        """Open a websocket, send `payload`, and read messages until one is `done`.

        Raises:
            BenchFailed: the socket told an error.
        """
        try:
            from websockets.sync.client import connect  # only development machines have it
        except ImportError as error:
            raise BenchFailed("bench doors needs the websockets package: make install-dev.") from error
        headers = {"Authorization": f"Bearer {self.key}"}
        where = f"ws://{HOST}:{self.port}{path}"
        with connect(where, additional_headers=headers, compression=None, max_size=None, subprotocols=JSON) as socket:
            socket.send(json.dumps(payload))
            while True:
                said = json.loads(socket.recv(timeout=ANSWER_SECONDS))
                failed = "error" in (said.get("status"), said.get("event"))
                if failed and not self.refused:
                    raise BenchFailed(f"{path} was answered: {said}")
                if failed or done(said):
                    return


Deed = Callable[[Visitor], None]


def _http(method: str, path: str, body: dict[str, Any] | None = None) -> Deed:
    return lambda visitor: visitor.call(method, path, body)


def _socket(path: str, payload: dict[str, Any], done: Callable[[dict[str, Any]], bool]) -> Deed:
    return lambda visitor: visitor.draw_by_socket(path, payload, done)


@dataclass(frozen=True)
class Pair:
    """One thing asked for in two ways, while the queue is as `queue` says.

    "paused": jobs are taken, none is drawn. "closed": wishes are read, translated and refused at the counter, so that
    the door alone is measured, without the noise of drawing.
    """

    what: str
    native: Deed
    dialect: Deed
    queue: Literal["open", "paused", "closed"] = "open"


_MODELS = _http("GET", "/api/v1/checkpoints")
_SUBMIT = _http("POST", "/api/v1/jobs", PARAMETERS)
_DRAW = _http("POST", "/api/v1/jobs?wait=60&images=base64", PARAMETERS)
_A1111 = {"prompt": "a red heart", "steps": 1, "seed": 7, "width": 128, "height": 128, "cfg_scale": 4.0}
_OPENAI = {"prompt": "a red heart", "size": "128x128", "steps": 1, "seed": 7, "guidance_scale": 4.0}
_STABILITY = {
    "use_binary": False,
    "engine": "starter",
    "steps": 1,
    "width": 128,
    "height": 128,
    "seed": 7,
    "cfg_scale": 4.0,
    "samples": 1,
    "text_prompts": [{"text": "a red heart", "weight": 1}],
    "callback_steps": 0,
    "callback_start": 0,
}
_ORDER = {
    "action": "generate",
    "parameters": {**PARAMETERS, "output_format": "jpeg"},
    "images": True,
    "previews": False,
}
_SOCKET = _socket("/ws/generate/", _ORDER, lambda said: said["event"] == "job.succeeded")
_STABILITYS = _socket("/images/generate-ws", _STABILITY, lambda said: "artifacts" in said)

# Of each dialect what has a native counterpart: the cheapest call, and the same wish to the same end.
PAIRS: dict[str, tuple[Pair, ...]] = {
    "openai": (
        Pair("list models", _MODELS, _http("GET", "/v1/models")),
        Pair("ask in vain", _DRAW, _http("POST", "/v1/images/generations", _OPENAI), queue="closed"),
        Pair("draw", _DRAW, _http("POST", "/v1/images/generations", _OPENAI)),
    ),
    "sdapi": (
        Pair("list models", _MODELS, _http("GET", "/sdapi/v1/sd-models")),
        Pair("ask in vain", _DRAW, _http("POST", "/sdapi/v1/txt2img", _A1111), queue="closed"),
        Pair("draw", _DRAW, _http("POST", "/sdapi/v1/txt2img", _A1111)),
    ),
    "comfyui": (
        Pair("list models", _MODELS, _http("GET", "/models/checkpoints")),
        Pair("ask in vain", _SUBMIT, _http("POST", "/prompt", {"prompt": GRAPH}), queue="closed"),
        Pair("submit", _SUBMIT, _http("POST", "/prompt", {"prompt": GRAPH}), queue="paused"),
    ),
    "stability": (
        Pair("ask in vain", _SOCKET, _STABILITYS, queue="closed"),
        Pair("draw", _SOCKET, _STABILITYS),
    ),
}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what can be chosen."""
    parser.add_argument("--runs", type=int, default=40, help="Calls of each kind, in turn; the median counts.")
    parser.add_argument("--dialects", default=",".join(PAIRS), help="Comma separated; those that are off are skipped.")


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """Ask for the same both ways, in turn, and print medians, differences and ratios as JSON.

    Raises:
        BenchFailed: the temporary site did not do its part, or refused a call.
    """
    wanted = [name for name in options["dialects"].split(",") if name]
    spoken = [name for name in wanted if name in registry.enabled() and name in PAIRS]
    with BenchSite(web=True) as site:
        _, key = create_key(owner=site.owner, name="bench", scopes=["generate", "read", "write"])
        site.draw(GenerationParameters.model_validate(PARAMETERS))  # loads the checkpoint
        visitor = Visitor(site.port, key)
        doors = {
            name: {
                pair.what: measure(site.owner, visitor, pair, options["runs"], lambda: site.supervisor.step(0))
                for pair in PAIRS[name]
            }
            for name in spoken
        }
    skipped = [name for name in wanted if name not in spoken]
    report = {"runs": options["runs"], "limit_ms": LIMIT_MS, "doors": doors, "skipped": skipped}
    write(json.dumps(report, indent=2))


def measure(
    owner: User, visitor: Visitor, pair: Pair, runs: int, between: Callable[[], object] = lambda: None
) -> dict[str, Any]:
    """Take both ways in turn for `runs` rounds, after one that only warms up, and return what `compared` finds.

    `between` is called after every round. The queue is open afterwards.
    """
    seconds: dict[str, list[float]] = {"native": [], "dialect": []}
    queue_control.set_state(actor=owner, paused=pair.queue == "paused", closed=pair.queue == "closed")
    visitor.refused = pair.queue == "closed"
    try:
        ways = [("native", pair.native), ("dialect", pair.dialect)]
        for _ in range(runs + 1):
            ways.reverse()  # neither always comes after the other's leftovers
            for way, deed in ways:
                began = time.perf_counter()
                deed(visitor)
                seconds[way].append(time.perf_counter() - began)
                if pair.queue == "paused":
                    cancel_all(owner=owner)  # else each call would look at a longer line
            between()
    finally:
        queue_control.set_state(actor=owner, paused=False, closed=False)
    return compared(seconds["native"][1:], seconds["dialect"][1:])


def compared(native: list[float], dialect: list[float]) -> dict[str, Any]:
    """Return medians in ms of the calls of both ways, given in seconds, and what the dialect's cost beyond the native.

    `overhead_ms` is the median over rounds of one round's difference, so that a machine that grows slower meanwhile
    burdens both ways alike. `overhead_between_ms` is where its true value lies in 19 of 20 measurements: two order
    statistics around the median, by the normal approximation of the binomial (Conover 1999, section 3.2).
    """
    differences = sorted(1000 * (b - a) for a, b in zip(native, dialect, strict=True))
    count = len(differences)
    below = max(0, math.floor((count - 1.96 * math.sqrt(count)) / 2) - 1)
    return {
        "native_ms": round(1000 * statistics.median(native), 2),
        "dialect_ms": round(1000 * statistics.median(dialect), 2),
        "overhead_ms": round(statistics.median(differences), 2),
        "overhead_between_ms": [round(differences[below], 2), round(differences[count - 1 - below], 2)],
        "ratio": round(statistics.median(dialect) / statistics.median(native), 3),
    }
