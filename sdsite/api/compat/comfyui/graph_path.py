"""One way through a graph, and what was found on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sdsite.api.compat.comfyui.errors import INVALID, GraphRefused, Problem, refused
from sdsite.api.compat.comfyui.graph import Graph
from sdsite.api.compat.comfyui.names import Names

Place = tuple[str, str]
Taker = Callable[["Reading", str], None]


@dataclass(frozen=True)
class Mask:
    """A mask: the node and the input with its picture, and which channel of it; alpha counts where it lets through."""

    place: Place
    channel: str


@dataclass
class Match:
    """What a graph asks for.

    `fields` are those of GenerationParameters but for pictures, which `init_image` and `mask` name by their place in
    the graph; `places` tells from which (node, input) each field came; `worker` is the node that the drawing happens
    in.
    """

    worker: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    init_image: Place | None = None
    mask: Mask | None = None


class Reading:
    """A graph that is being read: whose names count, what was found, and what must agree with what comes later."""

    def __init__(self, graph: Graph, names: Names) -> None:
        """Begin to read `graph`."""
        self.graph = graph
        self.names = names
        self.found = Match()
        self.lora_nodes: list[str] = []  # the first that is applied comes first
        self.skips: dict[str, int] = {}  # by the node that encodes a prompt: the layer it reads at, from the end
        self._loader = ""
        self._vae: str | None = None
        self._vae_nodes: list[str] = []

    def refuse(self, node: str, why: str, of: str = "") -> GraphRefused:
        """Return the refusal of a node, to be raised."""
        details = f"Node {node} ({self.graph.kind(node)}) is not understood here: {why}"
        return refused(Problem(node, INVALID, details, of))

    def step(self, node: str, takers: Mapping[str, Taker], why: str) -> None:
        """Let the taker for the node's class take it.

        Raises:
            GraphRefused: no taker is for it; `why` says in a clause what it cannot do here.
        """
        taker = takers.get(self.graph.kind(node))
        if taker is None:
            raise self.refuse(node, f"{why}; {', '.join(takers)} would do")
        taker(self, node)

    def value(self, node: str, of: str) -> Any:
        """Return the value of a node's input."""
        return self.graph.value(node, of)

    def put(self, name: str, node: str, of: str, value: Any) -> None:
        """Set a field, and remember where it came from."""
        self.found.fields[name] = value
        self.found.places[name] = (node, of)

    def chosen(self, node: str, of: str, ours: str | None, known: list[str]) -> str:
        """Return `ours`, which is what the site calls the value of an input.

        Raises:
            GraphRefused: the site has none: `ours` is None.
        """
        if ours is None:
            said = self.value(node, of)
            raise refused(Problem(node, "value_not_in_list", f"{of}: {said!r:.80} not in {known[:50]}", of, said))
        return ours

    def weights(self, kind: str, folder: str, node: str, of: str) -> str:
        """Return the slug of the weights that an input names; raises as `chosen`."""
        slug = self.names.slug(kind, self.value(node, of))
        return self.chosen(node, of, slug, self.names.files(folder) if slug is None else [])

    def take_checkpoint(self, node: str) -> None:
        """Take the checkpoint; every way through the graph must end at the same."""
        slug = self.weights("checkpoint", "checkpoints", node, "ckpt_name")
        if self.found.fields.get("checkpoint", slug) != slug:
            raise self.refuse(node, f"node {self._loader} names another checkpoint", "ckpt_name")
        self._loader = node
        self.put("checkpoint", node, "ckpt_name", slug)

    def take_vae(self, node: str) -> None:
        """Take the VAE that `node` encodes or decodes with; all must use the same."""
        source, named = self.graph.source(node, "vae"), None
        if self.graph.kind(source) == "VAELoader":
            named = self.weights("vae", "vae", source, "vae_name")
            self.put("vae", source, "vae_name", named)
        else:
            self.step(source, CHECKPOINT, "no VAE comes from it")
        if self._vae_nodes and named != self._vae:
            raise self.refuse(node, f"its VAE is another than that of node {self._vae_nodes[0]}", "vae")
        self._vae = named
        self._vae_nodes.append(node)


CHECKPOINT: Mapping[str, Taker] = {"CheckpointLoaderSimple": Reading.take_checkpoint}
