"""Overhead of each dialect over the native API for the same request, with a real daphne, Valkey and worker."""

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

LIMIT_MS = 5.0  # allowed overhead of a dialect over the native call
ANSWER_SECONDS = 120.0
REFUSED = 503  # status of a request for a job while the queue is closed
JSON: Any = ["sdsite.json"]  # subprotocol of the native websocket; Stability's uses JSON here as well
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


class Client:
    """An HTTP client with one open connection and an API key, sent as Basic password; MCP takes it as Bearer alone."""

    def __init__(self, port: int, key: str) -> None:
        """Take the key; the connection opens at the first call."""
        self.port = port
        self.key = key
        self.expects_refusal = False  # whether the queue is closed
        self._connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, *, is_rpc: bool = False) -> None:
        """Send a request and read its response; `is_rpc`: a message of MCP, whose refusals have status 200.

        Raises:
            BenchFailed: the status is an error that was not expected.
        """
        basic = base64.b64encode(f"bench:{self.key}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
        if is_rpc:
            headers |= {"Authorization": f"Bearer {self.key}", "Accept": "application/json, text/event-stream"}
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = self._connection.getresponse()
        content = response.read()
        is_refused = response.status == REFUSED or (is_rpc and b'"isError":true' in content)
        if (response.status >= 300 or is_refused) and not (self.expects_refusal and is_refused):
            raise BenchFailed(f"{method} {path} was answered {response.status}: {content[:300]!r}")

    def generate_by_websocket(self, path: str, payload: dict[str, Any], done: Callable[[dict[str, Any]], bool]) -> None:
        """Open a websocket, send `payload`, and read messages until `done(message)`.

        Raises:
            BenchFailed: a message was an error that was not expected.
        """
        try:
            from websockets.sync.client import connect  # only development machines have it
        except ImportError as error:
            raise BenchFailed("bench doors needs the websockets package: make install-dev.") from error
        headers = {"Authorization": f"Bearer {self.key}"}
        url = f"ws://{HOST}:{self.port}{path}"
        with connect(url, additional_headers=headers, compression=None, max_size=None, subprotocols=JSON) as socket:
            socket.send(json.dumps(payload))
            while True:
                message = json.loads(socket.recv(timeout=ANSWER_SECONDS))
                failed = "error" in (message.get("status"), message.get("event"))
                if failed and not self.expects_refusal:
                    raise BenchFailed(f"{path} was answered: {message}")
                if failed or done(message):
                    return


Request = Callable[[Client], None]


def _http(method: str, path: str, body: dict[str, Any] | None = None) -> Request:
    return lambda client: client.call(method, path, body)


def _tool(name: str, arguments: dict[str, Any]) -> Request:
    """Return the call of a tool of MCP."""
    params = {"name": name, "arguments": arguments}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return lambda client: client.call("POST", "/mcp", message, is_rpc=True)


def _websocket(path: str, payload: dict[str, Any], done: Callable[[dict[str, Any]], bool]) -> Request:
    return lambda client: client.generate_by_websocket(path, payload, done)


@dataclass(frozen=True)
class Pair:
    """The same request to the native API and to a dialect, and the state of the queue while they are measured.

    "paused": jobs are accepted, but do not run. "closed": requests are read, translated and refused at submission, so
    that the API alone is measured, without the noise of generating.
    """

    title: str
    native: Request
    dialect: Request
    queue: Literal["open", "paused", "closed"] = "open"


_MODELS = _http("GET", "/api/v1/checkpoints")
_SUBMIT = _http("POST", "/api/v1/jobs", PARAMETERS)
_GENERATE = _http("POST", "/api/v1/jobs?wait=60&images=base64", PARAMETERS)
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
_NATIVE_MESSAGE = {
    "action": "generate",
    "parameters": {**PARAMETERS, "output_format": "jpeg"},
    "images": True,
    "previews": False,
}
_NATIVE_WEBSOCKET = _websocket("/ws/generate/", _NATIVE_MESSAGE, lambda message: message["event"] == "job.succeeded")
_STABILITY_WEBSOCKET = _websocket("/images/generate-ws", _STABILITY, lambda message: "artifacts" in message)

# Requests of each dialect that have a native counterpart: the cheapest one, and the same job.
PAIRS: dict[str, tuple[Pair, ...]] = {
    "openai": (
        Pair("list models", _MODELS, _http("GET", "/v1/models")),
        Pair("refused", _GENERATE, _http("POST", "/v1/images/generations", _OPENAI), queue="closed"),
        Pair("generate", _GENERATE, _http("POST", "/v1/images/generations", _OPENAI)),
    ),
    "sdapi": (
        Pair("list models", _MODELS, _http("GET", "/sdapi/v1/sd-models")),
        Pair("refused", _GENERATE, _http("POST", "/sdapi/v1/txt2img", _A1111), queue="closed"),
        Pair("generate", _GENERATE, _http("POST", "/sdapi/v1/txt2img", _A1111)),
    ),
    "comfyui": (
        Pair("list models", _MODELS, _http("GET", "/models/checkpoints")),
        Pair("refused", _SUBMIT, _http("POST", "/prompt", {"prompt": GRAPH}), queue="closed"),
        Pair("submit", _SUBMIT, _http("POST", "/prompt", {"prompt": GRAPH}), queue="paused"),
    ),
    "simple": (
        Pair("refused", _GENERATE, _http("POST", "/generate", PARAMETERS), queue="closed"),
        Pair("generate", _GENERATE, _http("POST", "/generate", PARAMETERS)),
    ),
    "stability": (
        Pair("refused", _NATIVE_WEBSOCKET, _STABILITY_WEBSOCKET, queue="closed"),
        Pair("generate", _NATIVE_WEBSOCKET, _STABILITY_WEBSOCKET),
    ),
    "mcp": (
        Pair("list models", _MODELS, _tool("list_models", {})),
        Pair("refused", _GENERATE, _tool("generate", PARAMETERS), queue="closed"),
        Pair("generate", _GENERATE, _tool("generate", PARAMETERS)),
    ),
}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--runs", type=int, default=40, help="Calls of each kind, in turn; the median counts.")
    parser.add_argument("--dialects", default=",".join(PAIRS), help="Comma separated; those that are off are skipped.")


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """Send the same requests to both APIs, in turn, and print medians, differences and ratios as JSON.

    Raises:
        BenchFailed: the temporary site failed, or refused a call.
    """
    wanted = [name for name in options["dialects"].split(",") if name]
    enabled = [name for name in wanted if name in registry.enabled() and name in PAIRS]
    with BenchSite(web=True) as site:
        _, key = create_key(owner=site.owner, name="bench", scopes=["generate", "read", "write"])
        site.generate(GenerationParameters.model_validate(PARAMETERS))  # loads the checkpoint
        client = Client(site.port, key)
        results = {
            name: {
                pair.title: measure(site.owner, client, pair, options["runs"], lambda: site.supervisor.step(0))
                for pair in PAIRS[name]
            }
            for name in enabled
        }
    skipped = [name for name in wanted if name not in enabled]
    report = {"runs": options["runs"], "limit_ms": LIMIT_MS, "doors": results, "skipped": skipped}
    write(json.dumps(report, indent=2))


def measure(
    owner: User, client: Client, pair: Pair, runs: int, between: Callable[[], object] = lambda: None
) -> dict[str, Any]:
    """Send both requests in turn for `runs` rounds, after one that only warms up, and return their comparison.

    `between` is called after every round. The queue is open afterwards.
    """
    seconds: dict[str, list[float]] = {"native": [], "dialect": []}
    queue_control.set_state(actor=owner, paused=pair.queue == "paused", closed=pair.queue == "closed")
    client.expects_refusal = pair.queue == "closed"
    try:
        requests = [("native", pair.native), ("dialect", pair.dialect)]
        for _ in range(runs + 1):
            requests.reverse()  # so that neither always comes after the other
            for api, send in requests:
                began = time.perf_counter()
                send(client)
                seconds[api].append(time.perf_counter() - began)
                if pair.queue == "paused":
                    cancel_all(owner=owner)  # else each call would have a longer queue
            between()
    finally:
        queue_control.set_state(actor=owner, paused=False, closed=False)
    return compare(seconds["native"][1:], seconds["dialect"][1:])


def compare(native: list[float], dialect: list[float]) -> dict[str, Any]:
    """Return the medians of both APIs' calls, given in seconds, in ms, and the overhead of the dialect.

    `overhead_ms` is the median of the differences within each round, so that a host that slows down meanwhile affects
    both alike. `overhead_between_ms` is its 95 % confidence interval: two order statistics around the median, by the
    normal approximation of the binomial (Conover 1999, section 3.2).
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
