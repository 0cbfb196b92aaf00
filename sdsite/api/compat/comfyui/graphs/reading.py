"""State of the parser: the graph, the names that count in it, and the parameters found so far."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sdsite.api.compat.comfyui.errors import INVALID, GraphRefused, Problem, refused
from sdsite.api.compat.comfyui.graphs.graph import Graph
from sdsite.api.compat.comfyui.names import Names, get_factor

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

    `fields` are those of GenerationParameters except images, which `init_image`, `mask` and `control_images` name by
    their place in the graph; `places` has the (node, input) that each field came from; `worker` is the node that
    generates.
    """

    worker: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    init_image: Place | None = None
    mask: Mask | None = None
    control_images: list[Place] = field(default_factory=list)  # in the order of `controls`
    notes: list[str] = field(default_factory=list)  # what is generated otherwise than the graph says


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
        self._vae_loaders: list[str] = []

    def refuse(self, node: str, why: str, of: str = "") -> GraphRefused:
        """Return the refusal of a node; the caller raises it."""
        details = f"Node {node} ({self.graph.kind(node)}) is not supported here: {why}"
        return refused(Problem(node, INVALID, details, of))

    def note(self, sentence: str) -> None:
        """Keep a sentence for the job's notes."""
        self.found.notes.append(sentence)

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
        elif self.graph.kind(source) in CHECKPOINT:
            self._vae_loaders.append(source)
        else:
            raise self.refuse(source, f"no VAE comes from it; {', '.join(CHECKPOINT)} would do")
        if self._vae_nodes and named != self._vae:
            raise self.refuse(node, f"its VAE is another than that of node {self._vae_nodes[0]}", "vae")
        self._vae = named
        self._vae_nodes.append(node)

    def check_vae(self) -> None:
        """Check that checkpoints whose VAE is used are those that generate: the refiner's is as good as its base's."""
        fields = self.found.fields
        for loader in self._vae_loaders:
            name = self.value(loader, "ckpt_name")
            refiner = fields.get("refiner", {}).get("checkpoint")
            is_base = self.names.slug("checkpoint", name) == fields.get("checkpoint")
            if not is_base and (refiner is None or self.names.slug("refiner", name) != refiner):
                self.weights("checkpoint", "checkpoints", loader, "ckpt_name")  # an unknown one is refused by its name
                raise self.refuse(loader, f"node {self._loader} names another checkpoint", "ckpt_name")

    def take_upscaler(self, node: str) -> tuple[str, str, float]:
        """Return the loader of the network that an ImageUpscaleWithModel uses, the network's slug and its factor."""
        loader = self.graph.source(node, "upscale_model")
        slug = self.weights("upscaler", "upscale_models", loader, "model_name")
        return loader, slug, get_factor(self.value(loader, "model_name"))


CHECKPOINT: Mapping[str, Handler] = {"CheckpointLoaderSimple": Reading.take_checkpoint}
