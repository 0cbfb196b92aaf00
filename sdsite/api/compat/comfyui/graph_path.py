"""State of the parser: the graph, the names that count in it, and the parameters found so far."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sdsite.api.compat.comfyui.errors import INVALID, GraphRefused, Problem, refused
from sdsite.api.compat.comfyui.graph import Graph
from sdsite.api.compat.comfyui.names import Names

Place = tuple[str, str]
Handler = Callable[["Reading", str], None]


@dataclass(frozen=True)
class Mask:
    """A mask: node and input of its image, and the channel; of alpha the transparent part is inpainted."""

    place: Place
    channel: str


@dataclass
class Match:
    """Parameters that a graph asks for.

    `fields` are those of GenerationParameters except images, which `init_image` and `mask` name by their place in the
    graph; `places` has the (node, input) that each field came from; `worker` is the node that generates.
    """

    worker: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    init_image: Place | None = None
    mask: Mask | None = None


class Reading:
    """A graph being parsed, with the parameters found so far and the values that later nodes must agree with."""

    def __init__(self, graph: Graph, names: Names) -> None:
        """Prepare to parse `graph`."""
        self.graph = graph
        self.names = names
        self.found = Match()
        self.lora_nodes: list[str] = []  # in the order of application
        self.skips: dict[str, int] = {}  # clip skip by the node that encodes a prompt
        self._loader = ""
        self._vae: str | None = None
        self._vae_nodes: list[str] = []

    def refuse(self, node: str, why: str, of: str = "") -> GraphRefused:
        """Return the refusal of a node; the caller raises it."""
        details = f"Node {node} ({self.graph.kind(node)}) is not supported here: {why}"
        return refused(Problem(node, INVALID, details, of))

    def step(self, node: str, handlers: Mapping[str, Handler], why: str) -> None:
        """Parse `node` with the handler of its class.

        Raises:
            GraphRefused: no handler takes it; `why` says in a clause what it cannot do here.
        """
        handler = handlers.get(self.graph.kind(node))
        if handler is None:
            raise self.refuse(node, f"{why}; {', '.join(handlers)} would do")
        handler(self, node)

    def value(self, node: str, of: str) -> Any:
        """Return the value of a node's input."""
        return self.graph.value(node, of)

    def put(self, name: str, node: str, of: str, value: Any) -> None:
        """Set a field, and record the place in the graph that it came from."""
        self.found.fields[name] = value
        self.found.places[name] = (node, of)

    def chosen(self, node: str, of: str, ours: str | None, known: list[str]) -> str:
        """Return `ours`, the site's name for the value of an input.

        Raises:
            GraphRefused: the site has none: `ours` is None.
        """
        if ours is None:
            given = self.value(node, of)
            raise refused(Problem(node, "value_not_in_list", f"{of}: {given!r:.80} not in {known[:50]}", of, given))
        return ours

    def weights(self, kind: str, folder: str, node: str, of: str) -> str:
        """Return the slug of the weights that an input names; raises as `chosen`."""
        slug = self.names.slug(kind, self.value(node, of))
        return self.chosen(node, of, slug, self.names.files(folder) if slug is None else [])

    def take_checkpoint(self, node: str) -> None:
        """Parse the checkpoint; all paths through the graph must end at the same one."""
        slug = self.weights("checkpoint", "checkpoints", node, "ckpt_name")
        if self.found.fields.get("checkpoint", slug) != slug:
            raise self.refuse(node, f"node {self._loader} names another checkpoint", "ckpt_name")
        self._loader = node
        self.put("checkpoint", node, "ckpt_name", slug)

    def take_vae(self, node: str) -> None:
        """Parse the VAE that `node` encodes or decodes with; all nodes must use the same."""
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


CHECKPOINT: Mapping[str, Handler] = {"CheckpointLoaderSimple": Reading.take_checkpoint}
