"""Serialized verifications, and in words why an image came out different."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from generation.models import ImageCheck
from generation.serializers.jobs import ErrorOut


class CheckOut(BaseModel):
    """The result of a verification."""

    image_id: uuid.UUID
    job_id: uuid.UUID
    status: str = Field(description="Status of the verifying job: queued, running, succeeded, failed or cancelled.")
    identical: bool | None = Field(description="Whether every pixel is identical; null until compared.")
    psnr: float | None = Field(
        description="Peak signal-to-noise ratio in dB; null where identical or not compared yet."
    )
    compared: str = Field(description="pixels, or file: after lossy encoding in the image's format.")
    differences: dict[str, list[Any]] = Field(description="Differences of the receipts: {name: [then, now]}.")
    explanation: str = Field(description="The same in words, where the image is not identical; else empty.")
    error: ErrorOut | None
    created_at: datetime


def serialize_check(check: ImageCheck) -> CheckOut:
    """Return a check as others see it."""
    job = check.job
    return CheckOut(
        image_id=check.image_id,
        job_id=check.job_id,
        status=job.status,
        identical=check.identical,
        psnr=check.psnr,
        compared=check.compared,
        differences=check.differences,
        explanation=explain(check.differences, check.image.receipt) if check.identical is False else "",
        error=ErrorOut(code=job.error_code, message=job.error_message) if job.error_code else None,
        created_at=check.created_at,
    )


def explain(differences: Mapping[str, list[Any]], receipt: Mapping[str, Any]) -> str:
    """Return what differs between the making of an image and its verification, as a sentence or two.

    Args:
        differences: {dotted name: [then, now]} of both receipts.
        receipt: of the image; an older one says less, which is said too.
    """
    sentences = []
    if words := [_words(name, pair) for name, pair in sorted(differences.items(), key=_weight)]:
        then, now = (", ".join(pair[at] for pair in words) for at in (0, 1))
        sentences.append(f"It was made with {then}; this worker used {now}.")
    if receipt.get("scheduler") and "precision" not in receipt:
        sentences.append("Its receipt is older and does not say its precision or how it was decoded.")
    if not sentences:
        sentences.append("The receipts name no difference; the device may have chosen another algorithm.")
    return " ".join(sentences)


def _words(name: str, pair: list[Any]) -> tuple[str, str]:
    """Return a fact's values then and now in words."""
    if name == "speed.techniques":
        then, now = (", ".join(str(one["name"]).replace("_", " ") for one in value or []) for value in pair)
        return then or "no technique of a speed mode", now or "none"
    which = "first pass: " if name.startswith("first_") else ""
    known, pattern = _FACTS.get(name.removeprefix("first_"), ({}, _label(name) + " {}"))
    then, now = (
        f"no {_label(name)}" if value is None else which + known.get(str(value), pattern.format(value))
        for value in pair
    )
    return then, now


def _weight(item: tuple[str, list[Any]]) -> int:
    order = list(_FACTS)
    name = item[0].removeprefix("first_")
    return order.index(name) if name in order else len(order)


def _label(name: str) -> str:
    return name.removeprefix("versions.").removeprefix("numerics.").replace("_", " ").replace(".", " ")


# How the values of a fact are worded, the weightiest facts first: words of some values, and a pattern for the others.
_FACTS: Mapping[str, tuple[Mapping[str, str], str]] = {
    "precision": ({"full": "full precision", "half": "half precision", "quantized": "weights of 8 bits"}, "{}"),
    "decoding.tile": ({"0": "decoding in one piece"}, "decoding in tiles of {} px"),
    "decoding.dtype": ({}, "decoding in {}"),
    "decoding.upcast": (
        {"config": "decoding in single precision", "overflow": "decoding again after an overflow"},
        "{}",
    ),
    "decoding.sliced": ({"True": "images decoded one at a time", "False": "images decoded all at once"}, "{}"),
    "dtype": ({}, "numbers in {}"),
    "device_name": ({}, "{}"),
    "device": ({}, "device {}"),
    "memory_mode": (
        {
            "resident": "all weights on the device",
            "offload": "weights offloaded by part",
            "sequential": "weights offloaded by layer",
        },
        "{}",
    ),
    "numerics.cudnn": ({}, "cuDNN {}"),
    "numerics.capability": ({}, "compute capability {}"),
    "numerics.tf32_matmul": ({"True": "TF32 in matrix products", "False": "no TF32 in matrix products"}, "{}"),
    "numerics.tf32_cudnn": ({"True": "TF32 in convolutions", "False": "no TF32 in convolutions"}, "{}"),
    "numerics.deterministic": ({"True": "deterministic algorithms", "False": "any algorithms"}, "{}"),
    "numerics.benchmark": ({"True": "algorithms chosen by speed", "False": "algorithms chosen by rule"}, "{}"),
    "numerics.threads": ({"1": "1 thread"}, "{} threads"),
    "numerics.isa": ({}, "instruction set {}"),
}
