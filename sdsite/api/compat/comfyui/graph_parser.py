"""Parser of graphs, which follows the links back from the output nodes to find the requested parameters.

It is no engine: a graph is supported when it is one sampler with what belongs to it. Every step parses the next node
with the handler of its class; a class that is not supported at that place is refused with its node's id.
"""

import re
from collections.abc import Mapping

from generation.parameters.ranges import RANGES
from sdsite.api.compat.comfyui.graph import Graph
from sdsite.api.compat.comfyui.graph_path import CHECKPOINT, Handler, Match, Reading
from sdsite.api.compat.comfyui.latent_source import IMAGES, parse_init_image, parse_latent
from sdsite.api.compat.comfyui.names import SCHEDULES, Names, get_factor, sampler_key, samplers

SEEDS = 2**53  # ComfyUI's go up to 2**64: they are reduced to the site's range
_EMBEDDING = re.compile(r"embedding:([^\s,:()]+)")


def match(graph: Graph, names: Names) -> Match:
    """Return the parameters that `graph` asks for, with weights by the site's slugs.

    Raises:
        GraphRefused: it is more than one sampler with what belongs to it, or names weights that the site does not have.
    """
    reading = Reading(graph, names)
    handlers = {"VAEDecode": _parse_decode, "ImageUpscaleWithModel": _parse_upscale}
    reading.step(_output_node(reading), handlers, "it generates nothing")
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
    reading.step(reading.graph.source(node, "samples"), {"KSampler": _parse_sampler}, "nothing was generated in it")


def _parse_upscale(reading: Reading, node: str) -> None:
    loader = reading.graph.source(node, "upscale_model")
    slug = reading.weights("upscaler", "upscale_models", loader, "model_name")
    reading.put("upscaler", loader, "model_name", slug)
    reading.put("upscale_by", loader, "model_name", get_factor(reading.value(loader, "model_name")))
    source = reading.graph.source(node, "image")
    if reading.graph.kind(source) in IMAGES:
        reading.found.fields["task"] = "upscale"
        reading.found.worker = node
        parse_init_image(reading, source)
    else:
        reading.step(source, {"VAEDecode": _parse_decode}, "it is not upscaled")


def _parse_sampler(reading: Reading, node: str) -> None:
    reading.found.worker = node
    reading.put("seed", node, "seed", reading.value(node, "seed") % SEEDS)
    reading.put("steps", node, "steps", reading.value(node, "steps"))
    sampler = sampler_key(reading.value(node, "sampler_name"))
    reading.put("sampler", node, "sampler_name", reading.chosen(node, "sampler_name", sampler, samplers()))
    schedule = SCHEDULES.get(reading.value(node, "scheduler"))
    reading.put("schedule", node, "scheduler", reading.chosen(node, "scheduler", schedule, list(SCHEDULES)))
    reading.step(reading.graph.source(node, "model"), _MODELS, "no model comes from it")
    _parse_loras(reading)
    parse_latent(reading, node)
    distilled = [_parse_prompt(reading, node, *names) for names in _PROMPTS]
    _parse_guidance(reading, node, next((one for one in distilled if one), ""))
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


_PROMPTS = (("positive", "prompt"), ("negative", "negative_prompt"))


def _parse_prompt(reading: Reading, sampler: str, of: str, field: str) -> str:
    """Parse one prompt; return the node of Flux's distilled guidance on the path to it, "" where there is none."""
    node, distilled = reading.graph.source(sampler, of), ""
    while reading.graph.kind(node) == "FluxGuidance":
        distilled = distilled or node
        node = reading.graph.source(node, "conditioning")

    def text(reading: Reading, node: str) -> None:
        prompt = reading.value(node, "text")
        prompt = _EMBEDDING.sub(lambda found: reading.names.token(found[1]) or found[1], prompt)
        reading.put(field, node, "text", prompt)
        _follow_clip(reading, node)

    def nothing(reading: Reading, node: str) -> None:
        reading.put(field, node, "conditioning", "")

    reading.step(node, {"CLIPTextEncode": text, "ConditioningZeroOut": nothing}, "no prompt comes from it")
    return distilled


def _follow_clip(reading: Reading, encoder: str) -> None:
    """Check that a prompt is encoded by the sampler's own checkpoint and LoRAs, and record its clip skip."""
    node, layers = reading.graph.source(encoder, "clip"), []
    while reading.graph.kind(node) in ("CLIPSetLastLayer", "LoraLoader"):
        if reading.graph.kind(node) == "CLIPSetLastLayer":
            layers.append(-reading.value(node, "stop_at_clip_layer"))
            reading.found.places["clip_skip"] = (node, "stop_at_clip_layer")
        elif node not in reading.lora_nodes:
            raise reading.refuse(node, "a LoRA must change the sampler's model too", "model")
        node = reading.graph.source(node, "clip")
    reading.step(node, CHECKPOINT, "no text encoder comes from it")
    reading.skips[encoder] = layers[0] if layers else 1  # the last one before the prompt counts


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
    if reading.names.family(reading.found.fields["checkpoint"]) != "flux":
        if distilled:
            raise reading.refuse(distilled, "the checkpoint is no Flux, and has no distilled guidance", "guidance")
        reading.put("guidance_scale", sampler, "cfg", cfg)
        return
    # Flux has distilled guidance; cfg, which is usually 1 there, is true classifier-free guidance at twice the cost.
    reading.put("true_cfg_scale", sampler, "cfg", max(cfg, RANGES["true_cfg_scale"].least))
    if distilled:
        reading.put("guidance_scale", distilled, "guidance", reading.value(distilled, "guidance"))
