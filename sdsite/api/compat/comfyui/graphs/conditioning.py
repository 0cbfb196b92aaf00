"""Parser of prompts on the way from a sampler to their text encoders, and of the ControlNets on that way."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from generation.parameters.ranges import MOST_CONTROLS
from sdsite.api.compat.comfyui.graphs.latent_source import IMAGES
from sdsite.api.compat.comfyui.graphs.reading import CHECKPOINT, Reading

_EMBEDDING = re.compile(r"embedding:([^\s,:()]+)")
PROMPTS: Mapping[str, str] = {"positive": "prompt", "negative": "negative_prompt"}
_BOTH = "ControlNetApplyAdvanced"  # acts on both prompts; the older node on one, which means both
_PREPROCESSORS: Mapping[str, str] = {"Canny": "canny", "ImageInvert": "invert"}
_SCALING = ("ImageScale", "ImageScaleBy")  # without effect: control images get the size of the generated one


@dataclass
class PromptPath:
    """A prompt's way: the node with Flux's distilled guidance, and those that apply ControlNets, the last first."""

    distilled: str = ""
    controls: list[str] = field(default_factory=list)


def parse_prompts(reading: Reading, sampler: str) -> str:
    """Parse both prompts of `sampler` and their ControlNets; return the node of Flux's distilled guidance, or ""."""
    paths = {of: _parse_prompt(reading, sampler, of) for of in PROMPTS}
    _parse_controls(reading, paths["positive"].controls, paths["negative"].controls)
    return paths["positive"].distilled or paths["negative"].distilled


def _parse_prompt(reading: Reading, sampler: str, of: str) -> PromptPath:
    path, (node, output) = PromptPath(), reading.graph.link(sampler, of)
    while True:
        kind = reading.graph.kind(node)
        if kind == "FluxGuidance":
            path.distilled = path.distilled or node
            following = "conditioning"
        elif kind == "ControlNetApply":
            path.controls.append(node)
            following = "conditioning"
        elif kind == _BOTH:
            following = ("positive", "negative")[output]
            if following != of:
                raise reading.refuse(node, f"its {following} output is linked to a {of} input", following)
            path.controls.append(node)
        else:
            break
        node, output = reading.graph.link(node, following)
    _parse_text(reading, node, PROMPTS[of])
    return path


def _parse_text(reading: Reading, node: str, name: str) -> None:
    def text(reading: Reading, node: str) -> None:
        prompt = reading.value(node, "text")
        prompt = _EMBEDDING.sub(lambda found: reading.names.token(found[1]) or found[1], prompt)
        reading.put(name, node, "text", prompt)
        _follow_clip(reading, node)

    def nothing(reading: Reading, node: str) -> None:
        reading.put(name, node, "conditioning", "")

    reading.step(node, {"CLIPTextEncode": text, "ConditioningZeroOut": nothing}, "no prompt comes from it")


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


def _parse_controls(reading: Reading, positive: list[str], negative: list[str]) -> None:
    """Parse the ControlNets; each acts on both prompts, so the negative one's must be among the positive one's."""
    for node in (*positive, *negative):
        is_both = node in positive and node in negative
        is_alone = reading.graph.kind(node) == _BOTH or node not in positive
        if is_alone and not is_both:
            raise reading.refuse(node, "it must act on both prompts of the sampler", "image")
    if len(positive) > MOST_CONTROLS:  # before their images are decoded and kept
        details = f"a job takes at most {MOST_CONTROLS} ControlNets; got {len(positive)}"
        raise reading.refuse(positive[0], details, "control_net")
    controls = [_read_control(reading, number, node) for number, node in enumerate(reversed(positive))]
    if controls:
        reading.put("controls", positive[-1], "control_net", controls)


def _read_control(reading: Reading, number: int, node: str) -> dict[str, object]:
    loader = reading.graph.source(node, "control_net")
    model = reading.weights("controlnet", "controlnet", loader, "control_net_name")
    control: dict[str, object] = {"model": model, "weight": reading.value(node, "strength")}
    places = {"model": (loader, "control_net_name"), "weight": (node, "strength"), "image": (node, "image")}
    if reading.graph.kind(node) == _BOTH:
        for name, of in (("start", "start_percent"), ("end", "end_percent")):
            control[name], places[name] = reading.value(node, of), (node, of)
    control["preprocessor"] = _parse_control_image(reading, node)
    reading.found.places |= {f"controls.{number}.{name}": place for name, place in places.items()}
    reading.found.places[f"controls.{number}"] = places.get("end", places["image"])  # an end before its start
    return control


def _parse_control_image(reading: Reading, node: str) -> str:
    """Record the control image, and return its preprocessor."""
    graph, source, preprocessor = reading.graph, reading.graph.source(node, "image"), "none"
    while graph.kind(source) in (*_PREPROCESSORS, *_SCALING):
        if graph.kind(source) in _PREPROCESSORS:
            if preprocessor != "none":
                raise reading.refuse(source, "a control image has one preprocessor", "image")
            preprocessor = _PREPROCESSORS[graph.kind(source)]
        source = graph.source(source, "image")
    if graph.kind(source) not in IMAGES:
        raise reading.refuse(source, f"it is no control image; {', '.join(IMAGES)} would do")
    reading.found.control_images.append((source, "image"))
    return preprocessor
