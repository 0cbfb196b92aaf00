"""Check of a device at the start of a worker: that it computes, what it is, and what is amiss with it."""

import torch

from generation.errors import DeviceFailed
from generation.pipelines.loading import capabilities
from generation.pipelines.loading.device_errors import is_shortage
from generation.pipelines.loading.devices import Device
from generation.weights.reading import first_line

SIDE = 64


def check_device(device: Device) -> None:
    """Make `device` the current one of this process, and compute a little on it.

    Libraries that name no device use the current one. A card that is lost, occupied or broken shows here, before a job
    is claimed.

    Raises:
        DeviceFailed: it does not compute; the message is one sentence.
    """
    if device.kind == "cpu":
        return
    try:
        if device.kind == "cuda":
            torch.cuda.set_device(device.name)
        ones = torch.ones(SIDE, SIDE, dtype=device.dtype, device=device.name)
        total = float((ones @ ones).float().sum())
        device.synchronize()
    except Exception as error:  # of drivers, of the allocator, of a build without code for this card
        if is_shortage(error):
            raise DeviceFailed(f"{device.name} has no free memory; another process uses it.") from error
        raise DeviceFailed(f"{device.name} does not work: {first_line(error)}") from error
    if total != SIDE**3:
        raise DeviceFailed(f"{device.name} computes wrongly: {total:g} instead of {SIDE**3}.")


def describe_device(device: Device) -> str:
    """Return the model of `device`, and its memory and compute capability where torch tells; "" for a CPU."""
    if device.kind != "cuda":
        return {"mps": "Apple's accelerator"}.get(device.kind, "")
    card = capabilities.read_cards()[_index(device)]
    _free, total = torch.cuda.mem_get_info(device.name)
    return f"{card.model}, {total / 2**30:.1f} GiB, {card.shown}"


def find_shortcomings(device: Device) -> list[str]:
    """Return sentences on what `device` lacks, and on cards that torch has no code for."""
    if device.kind == "mps":
        return []
    cards = capabilities.read_cards()
    built_for = torch.cuda.get_arch_list() if cards else []
    found = [
        f"cuda:{number} ({card.model}, {card.shown}) is not used: the installed torch has no code for it, only for "
        f"{', '.join(built_for)}."
        for number, card in enumerate(cards)
        if not capabilities.has_code(card, built_for)
    ]
    if device.kind == "cuda" and (limits := capabilities.describe_limits(cards[_index(device)])):
        found.append(limits)
    return found


def _index(device: Device) -> int:
    return int(device.name.partition(":")[2] or 0)
