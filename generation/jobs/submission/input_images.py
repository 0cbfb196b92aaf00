"""Input images of a request: find those of the library and uploads, fetch or decode the others into uploads."""

import base64
import binascii
import re
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.utils import timezone

from gallery.actions.uploads import UploadRefused, most_bytes, store_upload
from gallery.imaging.open_image import FORMAT_NAMES, HEAD, looks_like_image
from gallery.models import Image, Upload
from generation.errors import JobRefused
from generation.models import Job
from generation.parameters.schema import GenerationParameters, ResolvedParameters
from sdsite.accounts.models import User
from sdsite.core import rate_limits
from sdsite.core.http.fetch import FetchRefused, Wanted, fetch

FETCH_SECONDS = 20.0  # for one address; the client waits for the answer meanwhile
INPUT_IMAGE = Wanted("image/*", f"an image ({FORMAT_NAMES})", lambda head: looks_like_image(head[:HEAD]))
HOW = "must be image:ID of your library, upload:ID of your uploads, an http(s) URL, or a data: URL with an image"

Parameters = TypeVar("Parameters", bound=GenerationParameters)
Size = tuple[int, int]
Keep = Callable[..., Upload]  # (owner=, data=, is_mask=) as `store_upload`


@dataclass(frozen=True)
class StoredInputs:
    """Requested parameters with input images as "image:ID" or "upload:ID", and their sizes in pixels by field."""

    requested: GenerationParameters
    sizes: Mapping[str, Size] = field(default_factory=dict)


class _Refused(ValueError):
    """A reference that cannot be used; the caller adds its field."""


def store_input_images(requested: GenerationParameters, owner: User, keep: Keep = store_upload) -> StoredInputs:
    """Return `requested` with every input image found in the library or the uploads, or stored as a new upload.

    Fetching takes up to FETCH_SECONDS for each address, so do not call it inside a transaction. New uploads stay when
    the request is refused afterwards; the clean-up deletes them later. `keep` creates the uploads.

    Fields of the sizes: "init_image", "mask_image", "controls.0.image", "ip_adapter.image".

    Raises:
        JobRefused: `invalid_parameters`, an image does not exist, is not the owner's, or cannot be fetched or opened;
            `uploads_full` (403).
        RateLimited: the owner has had too many addresses fetched.
    """
    named = dict(references(requested))
    if not named:
        return StoredInputs(requested)
    found: dict[str, Image | Upload] = {}
    rows: dict[str, Image | Upload] = {}  # each reference is looked up once
    for name, reference in named.items():
        if reference not in rows:
            rows[reference] = _find(name, reference, owner, keep)
        found[name] = rows[reference]
    uploads = [row.pk for row in found.values() if isinstance(row, Upload)]
    Upload.objects.filter(pk__in=uploads).update(last_used_at=timezone.now())
    stored = {name: reference_to(row) for name, row in found.items()}
    return StoredInputs(_renamed(requested, stored), {name: (row.width, row.height) for name, row in found.items()})


def load_bytes(name: str, reference: str, owner: User) -> bytes:
    """Return the file behind an http(s) URL or in a data: URL; text without a scheme is base64.

    Raises:
        JobRefused: `invalid_parameters`, it cannot be fetched or read; the sentence begins with `name`.
        RateLimited: the owner has had too many addresses fetched.
    """
    scheme, colon, _ = reference.partition(":")
    try:
        if colon and scheme.lower() not in _LOADERS:
            raise _Refused("must be an http(s) URL, a data: URL with an image, or an image as base64")
        if not colon:
            scheme, reference = "data", f"data:;base64,{reference}"
        return _LOADERS[scheme.lower()](reference, owner)
    except (_Refused, FetchRefused) as refused:
        raise _refusal(name, str(refused)) from refused


def references(parameters: GenerationParameters) -> list[tuple[str, str]]:
    """Return (field, reference) of every input image in `parameters`."""
    found = [("init_image", parameters.init_image), ("mask_image", parameters.mask_image)]
    found += [(f"controls.{number}.image", control.image) for number, control in enumerate(parameters.controls)]
    found += [("ip_adapter.image", parameters.ip_adapter.image if parameters.ip_adapter else None)]
    return [(name, reference) for name, reference in found if reference is not None]


def as_sent(resolved: ResolvedParameters, requested: GenerationParameters) -> ResolvedParameters:
    """Return `resolved` with the references of `requested`; data: URLs are shortened to their type."""
    sent = {name: text for name, text in references(requested) if text.partition(":")[0].lower() in _LOADERS}
    shown = {
        name: f"{text.partition(',')[0]},..." if text[:5].lower() == "data:" else text for name, text in sent.items()
    }
    return _renamed(resolved, {**dict(references(resolved)), **shown})


def reference_to(row: Image | Upload) -> str:
    """Return the reference that stored parameters use: "image:ID" or "upload:ID"."""
    return f"{'image' if isinstance(row, Image) else 'upload'}:{row.pk}"


def needed_uploads(ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of `ids` that queued or running jobs use, which the clean-up must keep."""
    wanted = {str(pk) for pk in ids}
    needed: set[uuid.UUID] = set()
    unfinished = Job.objects.filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING])
    for stored in unfinished.values_list("parameters", flat=True).iterator():
        for reference in _stored_references(stored):
            kind, _, pk = reference.partition(":")
            if kind == "upload" and pk in wanted:
                needed.add(uuid.UUID(pk))
    return needed


def _stored_references(stored: Mapping[str, Any]) -> list[str]:
    """Return the references in a job's row without validation: rows of another version must not stop the clean-up."""
    uses = [*(stored.get("controls") or []), stored.get("ip_adapter") or {}]
    found = [stored.get("init_image"), stored.get("mask_image"), *(use.get("image") for use in uses)]
    return [reference for reference in found if isinstance(reference, str)]


def _renamed(parameters: Parameters, names: Mapping[str, str]) -> Parameters:
    changes: dict[str, Any] = {name: names[name] for name in ("init_image", "mask_image") if name in names}
    if parameters.controls:
        changes["controls"] = tuple(
            control.model_copy(update={"image": names[f"controls.{number}.image"]})
            for number, control in enumerate(parameters.controls)
        )
    if parameters.ip_adapter:
        changes["ip_adapter"] = parameters.ip_adapter.model_copy(update={"image": names["ip_adapter.image"]})
    # model_copy: fields that were left out stay unset.
    return parameters.model_copy(update=changes)


def _find(name: str, reference: str, owner: User, keep: Keep) -> Image | Upload:
    try:
        scheme = reference.partition(":")[0].lower()
        if scheme in _LOADERS:
            return keep(owner=owner, data=_LOADERS[scheme](reference, owner), is_mask=name == "mask_image")
        return _FINDERS.get(scheme, _bare)(reference, owner)
    except (_Refused, FetchRefused) as refused:
        raise _refusal(name, str(refused)) from refused
    except UploadRefused as refused:
        if refused.code == "invalid_parameters":
            raise _refusal(name, refused.message) from refused
        raise JobRefused(refused.code, refused.message, fields={name: refused.message}, status=403) from refused


def _refusal(name: str, sentence: str) -> JobRefused:
    message = f"{name}: {sentence[0].lower()}{sentence[1:]}"
    return JobRefused("invalid_parameters", message, fields={name: message})


def _row(rows: Any, text: str) -> Any:
    try:
        found = rows.filter(pk=uuid.UUID(text.strip())).first()
    except ValueError as error:
        raise _Refused(HOW) from error
    if found is None:
        raise _Refused("there is no such image, or it is not yours")
    return found


def _of_library(reference: str, owner: User) -> Image:
    row: Image = _row(Image.objects.owned_by(owner).viewable(), reference.partition(":")[2])
    return row


def _of_uploads(reference: str, owner: User) -> Upload:
    row: Upload = _row(Upload.objects.owned_by(owner), reference.partition(":")[2])
    return row


def _bare(reference: str, owner: User) -> Image | Upload:
    """Find an id without a prefix in the library, else among the uploads."""
    try:
        return _of_library(f"image:{reference}", owner)
    except _Refused:
        return _of_uploads(f"upload:{reference}", owner)


def _fetched(reference: str, owner: User) -> bytes:
    rate_limits.spend("fetch", f"user:{owner.pk}")
    return fetch(reference, most_bytes=most_bytes(), timeout=FETCH_SECONDS, accept=INPUT_IMAGE)


def _inline(reference: str, owner: User) -> bytes:
    """Return the bytes of a data: URL (RFC 2397), whatever its media type."""
    head, comma, body = reference.partition(",")
    if not comma:
        raise _Refused("a data: URL must have a comma between its media type and its data")
    if len(body) > most_bytes() * 3:
        raise _Refused(f"the image must be at most {settings.ENV['SDSITE_PICTURE_MB']:g} MB")
    raw = unquote_to_bytes(body)
    if not head.lower().endswith(";base64"):
        return raw
    text = re.sub(rb"\s", b"", raw).rstrip(b"=")
    try:
        # Some clients omit the padding, some use the URL-safe alphabet.
        plain = text.translate(bytes.maketrans(b"-_", b"+/"))
        return base64.b64decode(plain + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise _Refused("the data: URL is not valid base64") from error


_FINDERS: Mapping[str, Callable[[str, User], Image | Upload]] = {
    "image": _of_library,
    "upload": _of_uploads,
}
_LOADERS: Mapping[str, Callable[[str, User], bytes]] = {
    "http": _fetched,
    "https": _fetched,
    "data": _inline,
}
