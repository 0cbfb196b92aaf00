"""Parser of graphs, which follows the links back from the output nodes to find the requested parameters.

It is no engine: a graph is supported when it is one sampler, or two in a row, with what belongs to them. Every step
parses the next node with the handler of its class; a class that is not supported at that place is refused with its
node's id.
"""

from collections.abc import Mapping

from generation.families import FAMILIES
from generation.parameters.ranges import RANGES
from generation.parameters.sampler_names import COMFYUI_SCHEDULES
from sdsite.api.compat.comfyui.graphs.conditioning import parse_prompts
from sdsite.api.compat.comfyui.graphs.graph import Graph
from sdsite.api.compat.comfyui.graphs.latent_source import IMAGES, SamplerPass, parse_init_image, parse_latent
from sdsite.api.compat.comfyui.graphs.passes import DECODERS, SAMPLERS, find_first, parse_second, read_pass
from sdsite.api.compat.comfyui.graphs.reading import CHECKPOINT, Handler, Match, Reading
from sdsite.api.compat.comfyui.names import Names, sampler_key, samplers, schedule_name

SEEDS = 2**53  # ComfyUI's go up to 2**64: they are reduced to the site's range


def match(graph: Graph, names: Names) -> Match:
    """Return the parameters that `graph` asks for, with weights by the site's slugs.

    Raises:
        GraphRefused: it is more than one job can be, or names weights that the site does not have.
    """
    reading = Reading(graph, names)
    handlers = {**_DECODED, "ImageUpscaleWithModel": _parse_upscale}
    reading.step(_output_node(reading), handlers, "it generates nothing")
    reading.check_vae()
    return reading.found


def _output_node(reading: Reading) -> str:
    """Return the node whose images all output nodes show."""
    first, *others = reading.graph.outputs
    link = reading.graph.link(first, "images")
    for other in others:
        if reading.graph.link(other, "images") != link:
            raise reading.refuse(other, f"it shows another image than node {first}; a graph may generate one", "images")
    return link[0]


def _parse_decode(reading: Reading, node: str) -> None:
    reading.take_vae(node)
    samplers = dict.fromkeys(SAMPLERS, _parse_samplers)
    reading.step(reading.graph.source(node, "samples"), samplers, "nothing was generated in it")


_DECODED: Mapping[str, Handler] = dict.fromkeys(DECODERS, _parse_decode)


def _parse_upscale(reading: Reading, node: str) -> None:
    loader, slug, factor = reading.take_upscaler(node)
    reading.put("upscaler", loader, "model_name", slug)
    reading.put("upscale_by", loader, "model_name", factor)
    source = reading.graph.source(node, "image")
    if reading.graph.kind(source) in IMAGES:
        reading.found.fields["task"] = "upscale"
        reading.found.worker = node
        parse_init_image(reading, source)
    else:
        reading.step(source, _DECODED, "it is not upscaled")


def _parse_samplers(reading: Reading, node: str) -> None:
    """Parse the last sampler, and the one whose result it starts from."""
    reading.found.worker = node  # the last one: its progress is that of the job
    last, found = read_pass(reading, node), find_first(reading, node)
    if found is None:
        _parse_sampler(reading, last)
        if last.leaves_noise or last.last < last.steps:
            raise reading.refuse(node, "it leaves noise in the image", "end_at_step")
        return
    first = read_pass(reading, found.first)
    if find_first(reading, found.first) is not None:
        raise reading.refuse(found.first, "a graph may have two samplers in a row", "latent_image")
    _parse_sampler(reading, first)
    parse_second(reading, found, first, last)


def _parse_sampler(reading: Reading, found: SamplerPass) -> None:
    node = found.node
    if not found.adds_noise:
        raise reading.refuse(node, "it adds no noise, and nothing before it did", "add_noise")
    reading.put("seed", node, found.seed_input, reading.value(node, found.seed_input) % SEEDS)
    reading.put("steps", node, "steps", reading.value(node, "steps"))
    sampler = sampler_key(reading.value(node, "sampler_name"))
    reading.put("sampler", node, "sampler_name", reading.chosen(node, "sampler_name", sampler, samplers()))
    schedule = schedule_name(reading.value(node, "scheduler"))
    reading.put("schedule", node, "scheduler", reading.chosen(node, "scheduler", schedule, list(COMFYUI_SCHEDULES)))
    reading.step(reading.graph.source(node, "model"), _MODELS, "no model comes from it")
    _parse_loras(reading)
    parse_latent(reading, found)
    _parse_guidance(reading, node, parse_prompts(reading, node))
    _parse_clip_skip(reading)


def _parse_lora(reading: Reading, node: str) -> None:
    reading.lora_nodes.insert(0, node)
    reading.step(reading.graph.source(node, "model"), _MODELS, "no model comes from it")


_MODELS: Mapping[str, Handler] = {**CHECKPOINT, "LoraLoader": _parse_lora, "LoraLoaderModelOnly": _parse_lora}


def _parse_loras(reading: Reading) -> None:
    """Parse the LoRAs; one has the same weight for the text encoder as for the model."""
    loras = []
    for number, node in enumerate(reading.lora_nodes):
        weight = reading.value(node, "strength_model")
        if reading.graph.kind(node) == "LoraLoader" and reading.value(node, "strength_clip") != weight:
            raise reading.refuse(node, "strength_clip must be the same as strength_model", "strength_clip")
        loras.append({"name": reading.weights("lora", "loras", node, "lora_name"), "weight": weight})
        reading.found.places[f"loras.{number}.name"] = (node, "lora_name")
        reading.found.places[f"loras.{number}.weight"] = (node, "strength_model")
    if loras:
        reading.put("loras", reading.lora_nodes[-1], "lora_name", loras)


def _parse_clip_skip(reading: Reading) -> None:
    if not reading.skips:
        return
    first, *others = reading.skips
    for other in others:
        if reading.skips[other] != reading.skips[first]:
            raise reading.refuse(other, f"it reads at another layer than node {first}", "clip")
    if reading.skips[first] != 1:
        reading.found.fields["clip_skip"] = reading.skips[first]


def _parse_guidance(reading: Reading, sampler: str, distilled: str) -> None:
    cfg = reading.value(sampler, "cfg")
    family = FAMILIES.get(reading.names.family(reading.found.fields["checkpoint"]))
    if family is None or family.guidance != "embedded":
        if distilled:
            raise reading.refuse(distilled, "the checkpoint has no distilled guidance", "guidance")
        reading.put("guidance_scale", sampler, "cfg", cfg)
        return
    # Its guidance is distilled; cfg, which is usually 1 there, is true classifier-free guidance at twice the cost.
    reading.put("true_cfg_scale", sampler, "cfg", max(cfg, RANGES["true_cfg_scale"].least))
    if distilled:
        reading.put("guidance_scale", distilled, "guidance", reading.value(distilled, "guidance"))
