"""Combinations of family, memory mode, sampler, adapter and task, run on the fake accelerator and judged.

`DJANGO_SETTINGS_MODULE=tests.support.settings python -m tests.support.accelerator_matrix FOLDER [FAMILY...]` runs them
all, which takes a processor more than an hour, and prints each fault and how many combinations there were.
"""

import itertools
import json
import sys
from dataclasses import dataclass

import numpy as np
import torch

from generation.parameters.catalog import SAMPLERS, samplers_for
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.devices import Device
from tests.support.fake_accelerator import FakeAccelerator, fake_accelerator
from tests.support.kinds_of_jobs import ADAPTERS, ADAPTERS_OF, FAMILIES, MEMORY, TASKS, assets_of, run, source_of, works

# How often the host waits for the device in a step, at most; docs/samplers.md says why. Every other sampler: never.
WAITS = {"unipc": 7, "dpm_adaptive": 1}
# And what pipelines add: inpainting looks up the noise level for the part that is kept, others copy or read a number.
WAITS_OF_INPAINTING = 3
WAITS_OF_IMAGE_TO_IMAGE = {"z_image": 1}
WAITS_OF_CONTROLNET = {"flux": 2}
STEPS = 3
EACH = 100  # combinations between two lines about how far it is
# Tiny random weights make some combinations chaotic: there the CPU's own image changes as much by so small a nudge.
GUIDANCE = 4.0  # as `run` has it
NUDGE = 1e-6
TIMES_A_NUDGE = 3.0


@dataclass(frozen=True)
class Combination:
    """One thing to try; `str` is its name."""

    family: str
    memory: str
    sampler: str
    adapter: str
    task: str

    def __str__(self):
        return "-".join((self.family, self.memory, self.sampler, self.adapter, self.task))

    @property
    def works(self):
        """Return whether the site offers it."""
        return works(self.family, self.adapter, self.task)


def whole(families=FAMILIES):
    """Return every combination that works, those of a loaded checkpoint side by side."""
    return [
        one
        for family in families
        for memory in MEMORY
        for values in itertools.product(samplers_for(family), ADAPTERS_OF[family], TASKS)
        if (one := Combination(family, memory, *values)).works
    ]


def subset():
    """Return combinations in which each family meets each of its memory modes, samplers, adapters and tasks.

    What needs no more than a sampler that was not met yet is a plain one; XL shares its samplers with SD 1.
    """
    found = []
    for family in FAMILIES:
        every = itertools.product(ADAPTERS_OF[family], MEMORY, TASKS)
        able = [values for values in every if Combination(family, values[1], "euler", values[0], values[2]).works]
        samplers = samplers_for(family) if family != "sdxl" else samplers_for("sd3")
        unmet, number = {*ADAPTERS_OF[family], *MEMORY, *TASKS}, 0
        while unmet or number < len(samplers):
            number += 1
            adapter, memory, task = max(able, key=lambda values: len(unmet & {*values}))
            if not unmet:
                adapter, memory, task = "none", "resident", "text"
            unmet -= {adapter, memory, task}
            found.append(Combination(family, memory, samplers[number % len(samplers)], adapter, task))
    return found


def allowed(one):
    """Return how often the host may wait in a step of a combination."""
    count = WAITS.get(one.sampler, 0)
    if one.task == "inpaint":
        count += WAITS_OF_INPAINTING
    if one.task != "text":
        count += WAITS_OF_IMAGE_TO_IMAGE.get(one.family, 0)
    if one.adapter == "controlnet":
        count += WAITS_OF_CONTROLNET.get(one.family, 0)
    return count


class Hooks:
    """Hooks of a job that name the phases of an accelerator by the steps that are done, and count previews."""

    def __init__(self, accelerator):
        self.accelerator, self.steps, self.previews = accelerator, 0, 0

    def on_progress(self, step, total):
        self.steps += 1
        self.accelerator.phase = self.steps

    def on_preview(self, index, step, jpeg):
        self.previews += 1

    def is_cancelled(self):
        return False

    def is_dropped(self, index):
        return False


class Runs:
    """Runs combinations on one fake accelerator, with tiny checkpoints and adapters that are kept in `folder`."""

    def __init__(self, folder, accelerator: FakeAccelerator):
        self.folder, self.accelerator = folder, accelerator
        self._caches = {name: PipelineCache(Device(name, torch.float32), 2**34) for name in ("cuda:0", "cpu")}
        self._on_cpu = {}
        self.chaotic = []  # combinations whose image says nothing about the device

    def faults(self, one, *, compare=False):
        """Return what is wrong with a combination, in words; `compare`: also with an image that differs from the CPU's.

        An exception is raised: operands on two devices are one.
        """
        image, hooks = self.generate(one)
        found = [f"{count} waits after step {step}" for step, count in self.waits(one, hooks).items()]
        if hooks.previews < hooks.steps and not SAMPLERS[one.sampler].adaptive:
            found.append(f"{hooks.previews} previews of {hooks.steps} steps")
        if compare and (difference := np.abs(image - self.image_of_cpu(one)).mean()) > 1:
            nudged = self.change_by_nudge(one)
            if difference > TIMES_A_NUDGE * nudged:
                found.append(f"another image than on the CPU, by {difference:.2f}; a nudge changes it by {nudged:.2f}")
            else:
                self.chaotic.append(str(one))
        return found

    def waits(self, one, hooks):
        """Return how often the host waited after each step of a pass, where that is more than the table allows."""
        counts = {step: 0 for step in range(1, hooks.steps)}
        for waited in self.accelerator.synchronizations:
            if waited.phase in counts:
                counts[waited.phase] += 1
        # What happens between two passes lies in a step too.
        between = (one.task == "hires") + (one.adapter == "refiner")
        for step in sorted(counts, key=counts.get)[len(counts) - between :]:
            del counts[step]
        return {step: count for step, count in counts.items() if count > allowed(one)}

    def change_by_nudge(self, one):
        """Return by how much the image of the CPU changes, of 255 a value in the mean, when its guidance is nudged."""
        nudged = self.generate(one, device="cpu", nudge=NUDGE)[0]
        return np.abs(nudged - self.image_of_cpu(one)).mean()

    def generate(self, one, *, steps=STEPS, device="cuda:0", nudge=0.0):
        """Return the image of a combination, as numbers, and its hooks."""
        self.accelerator.forget()
        self.accelerator.phase = "before"
        memory = MEMORY[one.memory] if device != "cpu" else {"precision": MEMORY[one.memory].get("precision", "auto")}
        requested = {**TASKS[one.task], **ADAPTERS[one.adapter], "preview": {"every": 1}}
        if nudge:
            requested["guidance_scale"] = GUIDANCE + nudge
        hooks = Hooks(self.accelerator)
        [image] = run(
            source_of(one.family, self.folder, **memory),
            requested,
            hooks,
            assets=assets_of(one.family, self.folder),
            cache=self._caches[device],
            steps=steps,
            sampler=one.sampler,
        )
        return np.asarray(image, dtype=float), hooks

    def image_of_cpu(self, one):
        """Return the image that a CPU makes of a combination; kept, as memory modes share it."""
        key = (one.family, one.memory == "quantized", one.sampler, one.adapter, one.task)
        if key not in self._on_cpu:
            self._on_cpu[key] = self.generate(one, device="cpu")[0]
        return self._on_cpu[key]


def main(folder, families):
    """Run every combination; print a JSON line for each fault, and the number of combinations in the end."""
    torch.set_num_threads(1)
    failed, combinations = 0, whole(families or FAMILIES)
    with fake_accelerator() as accelerator:
        runs = Runs(folder, accelerator)
        for number, one in enumerate(combinations, 1):
            try:
                faults = runs.faults(one, compare=one.memory != "quantized")
            except Exception as error:  # the others are of interest too
                faults = [f"{type(error).__name__}: {str(error)[:200]}"]
            if faults:
                failed += 1
                sys.stdout.write(json.dumps({"combination": str(one), "faults": faults}) + "\n")
                sys.stdout.flush()
            if number % EACH == 0:
                sys.stdout.write(json.dumps({"done": number, "of": len(combinations), "failed": failed}) + "\n")
                sys.stdout.flush()
    samplers = len({one.sampler for one in combinations} & set(SAMPLERS))
    counts = {"combinations": len(combinations), "samplers": samplers, "failed": failed, "chaotic": len(runs.chaotic)}
    sys.stdout.write(json.dumps(counts) + "\n")
    sys.stdout.writelines(f"chaotic: {name}\n" for name in runs.chaotic)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
