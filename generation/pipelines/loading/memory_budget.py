"""Sums of memory: what is free, who holds what, what may be planned with, and when a shortage has passed.

Plain arithmetic over frozen dataclasses, without torch and without a clock: callers measure (`devices.Device.measure`)
and pass the time, this module adds up. All sizes are bytes, all times seconds of one monotonic clock.
"""

from dataclasses import dataclass

from generation.families import FAMILIES

GIB = 2**30

# Share of what a worker may use that weights may take before the least recently used checkpoint is dropped; the rest
# is for images. A CPU's memory has other tenants too.
_WEIGHTS_SHARE = {"cuda": 0.75}
_WEIGHTS_SHARE_OF_HOST = 0.5
CONTEXT_BYTES = GIB // 2  # what the driver keeps on a CUDA device for each process

# Peak bytes for each pixel while an autoencoder of the Stable Diffusion architecture decodes one image in one piece,
# by the bytes of a number: 3.0 GiB a megapixel in float32, half of it in 16 bit. Allocations of one decode were added
# up; workspace of the convolutions is not part of them, hence DECODING_MARGIN.
_DECODING_BYTES_A_PIXEL = {4: 3 * GIB // 2**20, 2: 3 * GIB // 2**21}
DECODING_MARGIN = 1.25

# A shortage is forgotten when this much more is usable than when it happened, or after a time: the memory may have
# been another process's for a moment. The time doubles with each shortage that comes back at the same size.
GROWN = 1.1
FORGET_SECONDS = 600.0
MOST_FORGET_SECONDS = 86_400.0


@dataclass(frozen=True)
class Machine:
    """What a worker measures of its device and of the machine around it, and how many workers share both.

    `free` and `total` are the device's by its driver; `reserved` is what the allocator of this process has reserved and
    does not use. For a CPU the device is the machine's memory, and so are `host_free` and `host_total` for all.
    """

    kind: str  # "cuda", "mps" or "cpu"
    free: int
    total: int
    reserved: int = 0
    host_free: int = 0
    host_total: int = 0
    device_workers: int = 1
    host_workers: int = 1


@dataclass(frozen=True)
class Held:
    """What this worker holds: resident checkpoints and adapters on the device, offloaded checkpoints on the host.

    An offloaded checkpoint is on the device only while it generates, so it frees nothing there.
    """

    resident: int = 0
    offloaded: int = 0
    beside: int = 0  # adapters and upscalers, which are released when memory is short

    @property
    def on_device(self) -> int:
        """Return the bytes on the device."""
        return self.resident + self.beside


@dataclass(frozen=True)
class Room:
    """Bytes on the device and in host memory."""

    device: int
    host: int = 0


@dataclass(frozen=True)
class Shortage:
    """What was usable when memory ran out, until when this is believed at most, and how often it came back."""

    usable: int
    until: float
    times: int = 1


def free_now(machine: Machine) -> int:
    """Return what can be allocated on the device now: free by its driver, or reserved and unused."""
    return machine.free + machine.reserved


def share(machine: Machine) -> int:
    """Return what one worker may hold on the device altogether: an equal part for each of its workers."""
    if machine.device_workers <= 1:
        return machine.total
    context = CONTEXT_BYTES if machine.kind == "cuda" else 0
    return max(0, machine.total // machine.device_workers - context)


def room(machine: Machine, held: Held) -> Room:
    """Return what one checkpoint may plan with, as if this worker held nothing else."""
    device = min(free_now(machine) + held.on_device, share(machine))
    host = min(machine.host_free + held.offloaded, machine.host_total // max(1, machine.host_workers))
    return Room(max(0, device), max(0, host))


def unused(machine: Machine, held: Held) -> int:
    """Return what may be allocated on the device now without releasing anything."""
    return max(0, min(free_now(machine), share(machine) - held.on_device))


def budget(machine: Machine, held: Held, explicit: int = 0) -> Room:
    """Return how much may stay loaded: resident weights on the device, offloaded ones on the host.

    Args:
        machine: as measured now, so that a budget follows what other processes take and give back.
        held: by this worker.
        explicit: bytes on the device instead of a share of what is usable; 0: none set.
    """
    usable = room(machine, held)
    device = explicit or int(usable.device * _WEIGHTS_SHARE.get(machine.kind, _WEIGHTS_SHARE_OF_HOST))
    return Room(device, int(usable.host * _WEIGHTS_SHARE_OF_HOST))


def exceeds_budget(machine: Machine, held: Held, coming: Room, explicit: int = 0) -> bool:
    """Return whether a checkpoint must be dropped from the budget's point of view, with `coming` more."""
    most = budget(machine, held, explicit)
    return held.resident + coming.device > most.device or held.offloaded + coming.host > most.host > 0


def lacks_room(machine: Machine, held: Held, coming: Room, working: int) -> bool:
    """Return whether something must be released before `coming` is loaded and generates with `working` bytes.

    On a CPU small checkpoints work with as much as they weigh: machines with little memory keep several of them.
    """
    beside = min(working, coming.device) if machine.kind == "cpu" else working
    return coming.device + beside > unused(machine, held)


def image_bytes(machine: Machine, held: Held, *, weights: int, is_resident: bool, explicit: int = 0) -> int:
    """Return what the images of a batch may take on the device.

    Args:
        machine: as measured now.
        held: by this worker.
        weights: bytes that the checkpoint has on the device while it generates.
        is_resident: whether they are there now, as part of `held`. If not they come first, and other checkpoints stay
            as far as the budget lets them.
        explicit: see `budget`.
    """
    if is_resident:
        return unused(machine, held)
    staying = max(0, min(held.resident, budget(machine, held, explicit).device - weights))
    return max(0, room(machine, held).device - weights - staying)


def note_shortage(usable: int, now: float, before: Shortage | None = None) -> Shortage:
    """Return the shortage that happened `now` with `usable` bytes; `before`: the last one of the same thing."""
    times = 1
    if before is not None and not has_grown(before, usable):
        times = before.times if now < before.until else before.times + 1
    seconds = min(MOST_FORGET_SECONDS, FORGET_SECONDS * 2 ** min(times - 1, 16))
    return Shortage(usable, now + seconds, times)


def has_grown(shortage: Shortage, usable: int) -> bool:
    """Return whether clearly more is usable than when memory ran out."""
    return usable > shortage.usable * GROWN


def lasts(shortage: Shortage | None, usable: int, now: float) -> bool:
    """Return whether a shortage is still believed: its time is not over, and no more is usable than there was."""
    return shortage is not None and now < shortage.until and not has_grown(shortage, usable)


def decoding_bytes(family: str, precision: str, pixels: int, *, images: int = 1) -> int:
    """Return the peak bytes, beside the weights, of decoding `images` images of `pixels` pixels each in one piece.

    Args:
        family: a key of the catalog.
        precision: of the resolved checkpoint: "full", "half", "bf16" or "quantized".
        pixels: width times height of an image.
        images: decoded at once; with slicing one image after another is, whatever the batch.
    """
    upcast = precision == "full" or (FAMILIES[family].latents.overflows and precision in ("half", "quantized"))
    return _DECODING_BYTES_A_PIXEL[4 if upcast else 2] * pixels * images


def decodes_in_tiles(decoding: int, free_bytes: int) -> bool:
    """Return whether an image whose decoding takes `decoding` bytes must be decoded in tiles with `free_bytes` free."""
    return decoding * DECODING_MARGIN > free_bytes
