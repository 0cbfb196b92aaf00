"""Sampler nodes as passes: one, or two in a row, which are hires fix, a refiner, or one pass in two nodes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from generation.parameters.sampler_names import COMFYUI_SCHEDULES
from sdsite.api.compat.comfyui.graphs.latent_source import SamplerPass
from sdsite.api.compat.comfyui.graphs.reading import Reading
from sdsite.api.compat.comfyui.names import sampler_key, samplers, schedule_name

SAMPLERS = ("KSampler", "KSamplerAdvanced")
DECODERS = ("VAEDecode", "VAEDecodeTiled")
ENCODERS = ("VAEEncode", "VAEEncodeTiled")
# ComfyUI's ways to enlarge -> the site's upscalers; others come nearest to the second of each pair.
_LATENT: Mapping[str, str] = {"nearest-exact": "latent_nearest", "bicubic": "latent_bicubic", "bilinear": "latent"}
_PIXELS: Mapping[str, str] = {"nearest-exact": "nearest", "lanczos": "lanczos"}
ROUNDING = 8  # pixels by which a side may miss the factor of the other one


@dataclass(frozen=True)
class Between:
    """The first of two samplers, and the nodes that enlarge its result, the last first."""

    first: str
    enlarging: tuple[str, ...] = ()


def read_pass(reading: Reading, node: str) -> SamplerPass:
    """Return what a sampler node does.

    Raises:
        GraphRefused: it stops before it starts.
    """
    steps = reading.value(node, "steps")
    if reading.graph.kind(node) == "KSampler":
        return SamplerPass(node, "seed", steps, 0, steps, reading.value(node, "denoise"), "denoise")
    first, last = reading.value(node, "start_at_step"), min(reading.value(node, "end_at_step"), steps)
    if first >= last:
        raise reading.refuse(node, f"it starts at step {first} and ends at step {last}", "start_at_step")
    return SamplerPass(
        *(node, "noise_seed", steps, first, last, (steps - first) / steps, "start_at_step"),
        adds_noise=reading.value(node, "add_noise") == "enable",
        leaves_noise=reading.value(node, "return_with_leftover_noise") == "enable",
    )


def find_first(reading: Reading, sampler: str) -> Between | None:
    """Return the sampler whose result `sampler` starts from; None where it starts from an image or an empty latent."""
    graph = reading.graph
    node = graph.source(sampler, "latent_image")
    if graph.kind(node) in SAMPLERS:
        return Between(node)
    if graph.kind(node) in ("LatentUpscale", "LatentUpscaleBy"):
        inner = graph.source(node, "samples")
        return Between(inner, (node,)) if graph.kind(inner) in SAMPLERS else None
    if graph.kind(node) not in ENCODERS:
        return None
    enlarging, pixels = [], graph.source(node, "pixels")
    for kinds in (("ImageScale", "ImageScaleBy"), ("ImageUpscaleWithModel",)):
        if graph.kind(pixels) in kinds:
            enlarging.append(pixels)
            pixels = graph.source(pixels, "image")
    if graph.kind(pixels) not in DECODERS or graph.kind(graph.source(pixels, "samples")) not in SAMPLERS:
        return None
    reading.take_vae(node)
    reading.take_vae(pixels)
    return Between(graph.source(pixels, "samples"), tuple(enlarging))


def parse_second(reading: Reading, found: Between, first: SamplerPass, second: SamplerPass) -> None:
    """Parse the second of two passes; the first one's settings are read already.

    Raises:
        GraphRefused: the two are more than hires fix, a refiner, or one pass in two nodes.
    """
    if not second.adds_noise or first.leaves_noise:
        _parse_continued(reading, found, first, second)
        return
    if first.last < first.steps:
        raise reading.refuse(first.node, "the first of two passes must make all its steps", "end_at_step")
    if second.last < second.steps or second.leaves_noise:
        raise reading.refuse(second.node, "the last pass must make all its steps", "end_at_step")
    for of in ("model", "positive", "negative"):
        if not _is_same(reading, first.node, second.node, of):
            raise reading.refuse(second.node, f"{of} must be that of node {first.node}", of)
    if reading.value(second.node, "cfg") != reading.value(first.node, "cfg"):
        raise reading.refuse(second.node, f"cfg must be that of node {first.node}", "cfg")
    _note_sampler(reading, first.node, second.node)
    reading.found.fields["hires"] = {"scale": 1.0, "steps": second.made, "strength": second.strength}
    reading.found.places |= {
        "hires": (second.node, "latent_image"),
        "hires.scale": (second.node, "latent_image"),
        "hires.steps": (second.node, "steps"),
        "hires.strength": (second.node, second.strength_input),
    }
    for node in reversed(found.enlarging):
        _ENLARGING[reading.graph.kind(node)](reading, node)


def _is_same(reading: Reading, first: str, second: str, of: str) -> bool:
    """Whether two samplers are linked to the same node, or to prompts of the same text by the same encoder."""
    graph = reading.graph
    if graph.link(first, of) == graph.link(second, of):
        return True
    nodes = [graph.source(sampler, of) for sampler in (first, second)]
    if any(graph.kind(node) != "CLIPTextEncode" for node in nodes):
        return False
    texts, links = {reading.value(node, "text") for node in nodes}, {graph.link(node, "clip") for node in nodes}
    return len(texts) == len(links) == 1


def _note_sampler(reading: Reading, first: str, second: str) -> None:
    known: dict[str, tuple[Callable[[str], str | None], list[str]]] = {
        "sampler_name": (sampler_key, samplers()),
        "scheduler": (schedule_name, list(COMFYUI_SCHEDULES)),
    }
    for of, (find, names) in known.items():
        ours, theirs = reading.value(first, of), reading.value(second, of)
        reading.chosen(second, of, find(theirs), names)
        if ours != theirs:
            reading.note(f"The second pass (node {second}) has the {of} of the first, {ours} instead of {theirs}.")


def _enlarge_latent(reading: Reading, node: str) -> None:
    method = reading.value(node, "upscale_method")
    _put_upscaler(reading, node, method, _LATENT, "latent")
    _scale(reading, node)


def _enlarge_image(reading: Reading, node: str) -> None:
    if "upscaler" not in reading.found.fields["hires"]:
        _put_upscaler(reading, node, reading.value(node, "upscale_method"), _PIXELS, "lanczos")
    _scale(reading, node)


def _put_upscaler(reading: Reading, node: str, method: str, known: Mapping[str, str], nearest: str) -> None:
    ours = known.get(method, nearest)
    if method not in known:
        reading.note(f"Node {node} enlarges with the upscaler {ours}, which is nearest to {method}.")
    _put_hires(reading, "upscaler", node, "upscale_method", ours)


def _enlarge_with_network(reading: Reading, node: str) -> None:
    loader, slug, factor = reading.take_upscaler(node)
    _put_hires(reading, "upscaler", loader, "model_name", slug)
    _put_hires(reading, "scale", loader, "model_name", factor)


def _scale(reading: Reading, node: str) -> None:
    """Read the factor of a node that enlarges by one, or to a size."""
    hires, fields = reading.found.fields["hires"], reading.found.fields
    if reading.graph.kind(node).endswith("By"):
        _put_hires(reading, "scale", node, "scale_by", hires["scale"] * reading.value(node, "scale_by"))
        return
    if "width" not in fields or "height" not in fields:
        raise reading.refuse(node, "the size before it is not known; enlarge by a factor", "width")
    width, height = reading.value(node, "width"), reading.value(node, "height")
    if not width and not height:
        return  # ComfyUI leaves the size then
    scale = width / fields["width"] if width else height / fields["height"]
    if width and height and abs(height - fields["height"] * scale) > ROUNDING:
        raise reading.refuse(node, "width and height must grow by the same factor", "height")
    _put_hires(reading, "scale", node, "width" if width else "height", scale)


def _put_hires(reading: Reading, name: str, node: str, of: str, value: object) -> None:
    reading.found.fields["hires"][name] = value
    reading.found.places[f"hires.{name}"] = (node, of)


_ENLARGING = {
    "LatentUpscale": _enlarge_latent,
    "LatentUpscaleBy": _enlarge_latent,
    "ImageScale": _enlarge_image,
    "ImageScaleBy": _enlarge_image,
    "ImageUpscaleWithModel": _enlarge_with_network,
}


def _parse_continued(reading: Reading, found: Between, first: SamplerPass, second: SamplerPass) -> None:
    """Parse two nodes that share one pass: the second goes on where the first stops, perhaps with a refiner."""
    node = second.node
    for wrong, of in (
        (second.adds_noise, "add_noise"),
        (not first.leaves_noise or bool(found.enlarging), "latent_image"),
        (second.leaves_noise, "return_with_leftover_noise"),
        (first.last != second.first, "start_at_step"),
        (second.last < second.steps, "end_at_step"),
    ):
        if wrong:
            raise reading.refuse(node, f"it does not go on where node {first.node} stops, to the last step", of)
    for of in ("steps", "cfg", "sampler_name", "scheduler"):
        if reading.value(node, of) != reading.value(first.node, of):
            raise reading.refuse(node, f"{of} must be that of node {first.node}, whose pass it goes on with", of)
    if reading.graph.link(node, "model") != reading.graph.link(first.node, "model"):
        _parse_refiner(reading, first, second)
        return
    for of in ("positive", "negative"):
        if not _is_same(reading, first.node, node, of):
            raise reading.refuse(node, f"{of} must be that of node {first.node}", of)


def _parse_refiner(reading: Reading, first: SamplerPass, second: SamplerPass) -> None:
    """Parse a second checkpoint for the last steps; it reads the same prompts with its own text encoder."""
    graph = reading.graph
    loader = graph.source(second.node, "model")
    if graph.kind(loader) != "CheckpointLoaderSimple":
        raise reading.refuse(loader, "a refiner takes no LoRA; CheckpointLoaderSimple would do", "model")
    for of in ("positive", "negative"):
        ours, theirs = graph.source(first.node, of), graph.source(second.node, of)
        is_text = graph.kind(ours) == graph.kind(theirs) == "CLIPTextEncode"
        if not is_text or reading.value(ours, "text") != reading.value(theirs, "text"):
            raise reading.refuse(second.node, f"{of} must be the text of node {ours}: a refiner reads the same", of)
        if graph.source(theirs, "clip") != loader:
            raise reading.refuse(theirs, f"its text encoder must be that of the refiner, node {loader}", "clip")
    slug = reading.weights("refiner", "checkpoints", loader, "ckpt_name")
    reading.found.fields["refiner"] = {"checkpoint": slug, "start": round(first.last / first.steps, 4)}
    reading.found.places |= {
        "refiner": (loader, "ckpt_name"),
        "refiner.checkpoint": (loader, "ckpt_name"),
        "refiner.start": (second.node, "start_at_step"),
    }
