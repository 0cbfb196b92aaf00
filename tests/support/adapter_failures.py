"""Tiny adapters of every kind, sound and spoilt, and the ways in which a job with one can fail."""

import shutil
import sys
from contextlib import nullcontext

import torch
from safetensors.torch import load_file, save_file
from torch.utils._python_dispatch import TorchDispatchMode

from tests.support.tiny import adapters, checkpoints, lora_layouts

UPLOAD = "upload:00000000-0000-4000-8000-000000000000"
CONTROLS = [{"model": "x-y", "image": UPLOAD, "preprocessor": "canny"}]
LORA = {"loras": [{"name": "x-y", "weight": 0.7}]}
# By kind: the kind of the asset, what a request says, and the families that have it.
KINDS = {
    "lora": ("lora", LORA, ("sd", "sdxl", "sd3", "flux", "z_image")),
    "loha": ("lora", LORA, ("sd", "sdxl")),
    "dora": ("lora", LORA, ("sd", "sdxl")),
    "embedding": ("embedding", {"prompt": "a (x-y:1.2) heart"}, ("sd", "sdxl")),
    "controlnet": ("controlnet", {"controls": CONTROLS}, ("sd", "sdxl", "sd3", "flux")),
    "ip_adapter": ("ip_adapter", {"ip_adapter": {"model": "x-y", "image": UPLOAD}}, ("sd", "sdxl")),
    "vae": ("vae", {"vae": "x-y"}, ("sd", "sdxl", "sd3", "flux", "z_image")),
    "refiner": ("refiner", {"refiner": {"checkpoint": "x-y", "start": 0.5}}, ("sdxl",)),
}
# By way of failing: in which files an operation fails (after so many others), and with what.
BROKEN, SHORTAGE = RuntimeError("broken"), torch.OutOfMemoryError("CUDA out of memory.")
PLACES = {
    "shortage while it is applied": ("/pipelines/adapters/", 5, SHORTAGE),
    "shortage while layers are inserted": ("/peft/", 3, SHORTAGE),  # diffusers has taken hooks away by then
    "scheduler": ("schedul", 2, BROKEN),
    "denoiser": (("/models/unets/", "/models/transformers/"), 150, BROKEN),
    "shortage in the denoiser": (("/models/unets/", "/models/transformers/"), 90, SHORTAGE),
    "decoding": ("/models/autoencoders/", 10, BROKEN),
}
FAILURES = ("other widths", "callback", "cancelled", *PLACES)
OF_LORA = "shortage while layers are inserted"  # no other kind does that


def write(kind, family, folder, *, spoilt):
    """Write a tiny adapter of `kind` once and return its path; spoilt: of other widths than the checkpoint's."""
    path = folder / f"{family}-{kind}-{'spoilt' if spoilt else 'sound'}.safetensors"
    if path.exists():
        return path
    if kind in ("lora", "loha", "dora", "embedding"):
        tensors = _tensors(kind, family, folder)
        if spoilt:
            tensors = {name: torch.zeros([side + 3 for side in one.shape]) for name, one in tensors.items()}
        save_file(tensors, path)
    elif kind == "refiner":
        adapters.refiner(path)
        if spoilt:
            shutil.rmtree(path / "unet")
    elif kind == "vae":
        adapters.autoencoder(family, path, config={"latent_channels": 8} if spoilt else None)
    else:
        others = {"sd": "sdxl", "sdxl": "sd", "sd3": "flux", "flux": "sd3"}
        getattr(adapters, kind)(others[family] if spoilt else family, path)
    return path


def _tensors(kind, family, folder):
    if kind in ("lora", "embedding"):
        builder = {"lora": adapters.peft_lora, "embedding": adapters.embedding}[kind]
        return load_file(builder(family, folder / "written.safetensors"))
    found = lora_layouts.changes(checkpoints.example_of(family).unet)
    return found[{"loha": "LoHa", "dora": "DoRA by rows"}[kind]][0]


class Failing:
    """Hooks of a job that fails by itself in one of `FAILURES`, and the context in which to run it."""

    def __init__(self, failure):
        self.failure = failure
        self.steps = 0
        self.failed = failure in ("other widths", "cancelled")

    def on_progress(self, step, total):
        self.steps += 1
        if self.failure == "callback":
            self.failed = True
            raise BROKEN

    def on_preview(self, index, step, jpeg):
        pass

    def is_cancelled(self):
        return self.failure == "cancelled" and self.steps > 0

    def is_dropped(self, index):
        return False

    def context(self):
        return _FailsIn(self) if self.failure in PLACES else nullcontext()


class _FailsIn(TorchDispatchMode):
    """Lets one operation fail that code in some file asks for."""

    @classmethod
    def _should_skip_dynamo(cls):
        """Nothing is compiled here."""
        return False

    def __init__(self, hooks):
        super().__init__()
        self.hooks = hooks
        self.place, self.left, self.error = PLACES[hooks.failure]

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        waits = not self.hooks.failure.startswith("shortage while") and not self.hooks.steps
        if not waits and not self.hooks.failed and self._is_there():
            self.left -= 1
            if self.left < 0:
                self.hooks.failed = True
                raise self.error
        return function(*args, **(kwargs or {}))

    def _is_there(self):
        places = self.place if isinstance(self.place, tuple) else (self.place,)
        frame, files = sys._getframe(2), []
        while frame is not None:
            files.append(frame.f_code.co_filename)
            frame = frame.f_back
        reading = any("/safetensors/" in file for file in files)  # its errors come out as others
        return not reading and any(place in file for place in places for file in files)
