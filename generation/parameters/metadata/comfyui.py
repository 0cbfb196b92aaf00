"""Read settings from a ComfyUI graph: the "prompt" that ComfyUI saves in its images.

A graph is {node id: {"class_type", "inputs"}}, where an input is a value or [node id, output]. Settings are those of
one sampler and the nodes it is linked to; all other inputs are listed, node by node.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from generation.parameters.metadata.a1111 import finished, put_sampler, put_schedule
from generation.parameters.metadata.recovered import Find, Model, NotReadable, Settings, by_name

MOST_NODES = 2000
_SAMPLERS = ("KSampler", "KSamplerAdvanced")
_LOADERS = {"CheckpointLoaderSimple": "ckpt_name", "CheckpointLoader": "ckpt_name", "UNETLoader": "unet_name"}
_ENDING = re.compile(r"\.(safetensors|ckpt|pt|pth|bin|sft|gguf)$", re.IGNORECASE)
_LONGEST_WALK = 50

Node = Mapping[str, Any]


def stem(name: str) -> str:
    """Return a weights file's name without folders and suffix."""
    return _ENDING.sub("", re.split(r"[\\/]", name)[-1])


def read_graph(text: str, find: Find = by_name) -> Settings:
    """Return the settings of the graph's first sampler.

    Raises:
        NotReadable: `text` is not a ComfyUI graph, or has more than MOST_NODES nodes.
    """
    try:
        # Python's parser takes NaN, which ComfyUI writes where a node's cache is void and JSON does not allow.
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotReadable("The ComfyUI graph is not valid JSON.") from error
    nodes = {str(name): node for name, node in raw.items() if _is_node(node)} if isinstance(raw, dict) else {}
    if not nodes:
        raise NotReadable("The text is not a ComfyUI graph.")
    if len(nodes) > MOST_NODES:
        raise NotReadable(f"A ComfyUI graph must be at most {MOST_NODES} nodes; got {len(nodes)}.")
    return _GraphReader(nodes).settings(find)


def _is_node(node: Any) -> bool:
    return isinstance(node, dict) and isinstance(node.get("class_type"), str) and isinstance(node.get("inputs"), dict)


class _GraphReader:
    """Reader of a graph, which remembers the inputs that it used of each node."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self.nodes = nodes
        self.used: dict[str, set[str]] = {}
        self.read = Settings(source="ComfyUI")

    def settings(self, find: Find) -> Settings:
        sampler = self._sampler()
        if sampler is None:
            self.read.notes.append("The graph has no KSampler; its nodes are listed as they are.")
        else:
            self._take_sampler(sampler)
            self._take_model(sampler)
            self._take_prompts(sampler)
            self._take_size(sampler)
        for name, node in self.nodes.items():
            self._list_rest(name, node)
        return finished(self.read, find)

    def _sampler(self) -> str | None:
        """Return the sampler that starts from an empty latent, else the first one."""
        found = [name for name, node in self.nodes.items() if node["class_type"] in _SAMPLERS]
        empty = [name for name in found if "Empty" in self._kind(self._follow(name, "latent_image"))]
        return next(iter(empty + found), None)

    def _kind(self, name: str | None) -> str:
        return str(self.nodes[name]["class_type"]) if name is not None else ""

    def _follow(self, name: str, *inputs: str) -> str | None:
        """Return the node that the first linked one of `inputs` leads to."""
        for one in inputs:
            link = self.nodes[name]["inputs"].get(one)
            if isinstance(link, list) and link and str(link[0]) in self.nodes:
                self.used.setdefault(name, set()).add(one)
                return str(link[0])
        return None

    def _value(self, name: str, *inputs: str) -> Any:
        """Return the value of the first of `inputs` that has one, also through a node that only holds a value."""
        for one in inputs:
            value = self.nodes[name]["inputs"].get(one)
            if isinstance(value, list) and (source := self._follow(name, one)) is not None:
                held = self.nodes[source]["inputs"]
                inner = next((key for key in ("value", "text", "string", "seed", "int", "float") if key in held), "")
                value = held.get(inner)
                if isinstance(value, str | int | float):
                    self.used.setdefault(source, set()).add(inner)
            if isinstance(value, str | int | float):
                self.used.setdefault(name, set()).add(one)
                return value
        return None

    def _take_sampler(self, name: str) -> None:
        fields = {"seed": ("seed", "noise_seed"), "steps": ("steps",), "guidance_scale": ("cfg",)}
        for field, inputs in fields.items():
            if (value := self._value(name, *inputs)) is not None:
                self.read.put(field, value)
        put_sampler(self.read, str(self._value(name, "sampler_name") or "").removesuffix("_gpu"))
        put_schedule(self.read, str(self._value(name, "scheduler") or ""))
        strength = self._value(name, "denoise")
        if strength is not None and strength != 1:
            self.read.put("strength", strength)

    def _take_model(self, sampler: str) -> None:
        loras: list[dict[str, Any]] = []
        name = self._follow(sampler, "model")
        for _ in range(_LONGEST_WALK):
            if name is None:
                break
            kind = self._kind(name)
            if kind in _LOADERS and (checkpoint := self._value(name, _LOADERS[kind])):
                self._name("checkpoint", "checkpoint", checkpoint, kind)
                break
            if kind in ("LoraLoader", "LoraLoaderModelOnly") and (lora := self._value(name, "lora_name")):
                weight = self._value(name, "strength_model")
                self._value(name, "strength_clip")
                loras.insert(0, {"name": stem(str(lora)), "weight": 1.0 if weight is None else weight})
                self._follow(name, "clip")
            name = self._follow(name, "model")
        if loras:
            self.read.put("loras", loras)
            for at, one in enumerate(loras):
                self.read.models.append(Model(f"loras.{at}.name", "lora", one["name"], key=f"lora:{one['name']}"))
        for loader, node in self.nodes.items():
            if node["class_type"] == "VAELoader" and (vae := self._value(loader, "vae_name")):
                self._name("vae", "vae", vae, "VAELoader")

    def _name(self, field: str, kind: str, file: Any, key: str) -> None:
        self.read.put(field, stem(str(file)))
        self.read.models.append(Model(field, kind, stem(str(file)), key=key))

    def _take_prompts(self, sampler: str) -> None:
        for field, link in (("prompt", "positive"), ("negative_prompt", "negative")):
            name = self._follow(sampler, link)
            for _ in range(_LONGEST_WALK):
                if name is None:
                    break
                text = self._value(name, "text", "text_g", "t5xxl", "clip_l")
                if isinstance(text, str):
                    if text.strip():
                        self.read.put(field, text.strip())
                    self._take_clip_skip(name)
                    break
                name = self._follow(name, link, "conditioning", "conditioning_1")

    def _take_clip_skip(self, encoder: str) -> None:
        name = self._follow(encoder, "clip")
        while name is not None and self._kind(name) in ("LoraLoader", "CLIPSetLastLayer"):
            layer = self._value(name, "stop_at_clip_layer")
            if isinstance(layer, int) and layer < 0:
                self.read.put("clip_skip", -layer)
                self._follow(name, "clip")
                return
            name = self._follow(name, "clip")

    def _take_size(self, sampler: str) -> None:
        name = self._follow(sampler, "latent_image")
        if name is None or "Empty" not in self._kind(name):
            return
        for field in ("width", "height"):
            if (value := self._value(name, field)) is not None:
                self.read.put(field, value)
        if (count := self._value(name, "batch_size")) not in (None, 1):
            self.read.facts["Batch size"] = str(count)

    def _list_rest(self, name: str, node: Node) -> None:
        """List the unused inputs of a node; output nodes are left out."""
        if node["class_type"] in ("SaveImage", "PreviewImage", "VAEDecode", "CLIPTextEncode") and name in self.used:
            return
        if node["class_type"] in ("SaveImage", "PreviewImage", "VAEDecode"):
            return
        rest = {key: value for key, value in node["inputs"].items() if key not in self.used.get(name, set())}
        rest.pop("control_after_generate", None)
        if rest or (name not in self.used and not node["inputs"]):
            self.read.refuse(f"{node['class_type']} ({name})", rest)
