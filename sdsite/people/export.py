"""Export of all that is a person's, as zip files made while they are sent.

The first part has the account, settings, jobs and collections; each has so many images, the oldest first, so that a
part that broke off is fetched again alone. New images do not move those of earlier parts.
"""

import json
from collections.abc import Iterator
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED

from allauth.socialaccount.models import SocialAccount
from django.core.files.storage import default_storage
from django.db.models import Q
from zipstream import ZipStream

from gallery.actions.bulk.run import pack
from gallery.models import Collection, Image, ModerationAction, SavedSearch, Upload
from gallery.zip_files import CHUNK, add_images
from generation.models import Job, Preset, StudioState, Style, Webhook
from sdsite.accounts.models import ApiKey, Notice, User
from sdsite.accounts.notices.serializers import serialize_notice

IMAGES_OF_A_PART = 2_000
ROWS = 200  # read together
FIELDS_OF_JOBS = (
    *("id", "source", "status", "parameters", "count", "error_code", "error_message"),
    *("created_at", "started_at", "finished_at", "used_seconds"),
)

# Not who decided: the owner is told what and why.
FIELDS_OF_DECISIONS = (
    *("at", "deed", "reason", "text", "days", "image_id"),
    *("appeal__text", "appeal__outcome", "appeal__answer"),
)


def count_parts(user: User) -> int:
    """Return how many parts the export has, at least one."""
    return max(1, -(-_images(user).count() // IMAGES_OF_A_PART))


def export_parts(user: User, *, part: int | None = None) -> Iterator[bytes]:
    """Yield the zip file of one part, counted from 1, or of everything (None)."""
    stream = ZipStream(sized=False)
    if part in (None, 1):
        for name, data in _documents(user):
            stream.add(_json(data), name, compress_type=ZIP_DEFLATED)
            yield from stream.all_files()
        stream.add(_jobs(user), "jobs.jsonl", compress_type=ZIP_DEFLATED)
        yield from stream.all_files()
        # A list: no cursor stays open while the client reads.
        for upload in list(Upload.objects.filter(owner=user).order_by("created_at", "pk")):
            if default_storage.exists(upload.file):
                stream.add(_file(upload.file), f"uploads/{upload.download_name}", compress_type=ZIP_STORED)
                yield from stream.all_files()
    numbers = [part] if part else range(1, count_parts(user) + 1)
    for number in numbers:
        first = (number - 1) * IMAGES_OF_A_PART
        ids = list(_images(user).values_list("pk", flat=True)[first : first + IMAGES_OF_A_PART])
        folder = f"images {number}/"
        yield from add_images(stream, pack(ids), _images(user), folder=folder)
    yield from stream.finalize()


def _images(user: User) -> Any:
    """Return the images, trashed ones too, the oldest first; what is under review is shown to nobody."""
    return Image.objects.owned_by(user).viewable().order_by("created_at", "pk")


def _documents(user: User) -> Iterator[tuple[str, Any]]:
    yield "account.json", _account(user)
    yield "settings.json", _settings(user)
    yield "collections.json", [_collection(row) for row in Collection.objects.owned_by(user).order_by("pk")]
    notices = Notice.objects.filter(person=user).select_related("actor")
    yield "notices.json", [serialize_notice(row).model_dump(exclude={"id", "icon"}) for row in notices]
    decisions = ModerationAction.objects.about(user).concerning().order_by("pk")
    yield "decisions.json", list(decisions.values(*FIELDS_OF_DECISIONS))


def _account(user: User) -> dict[str, Any]:
    keys = ApiKey.objects.filter(owner=user).order_by("pk")
    elsewhere = SocialAccount.objects.filter(user=user).order_by("pk")
    return {
        "username": user.username,
        "email": user.email,
        "roles": sorted(user.groups.values_list("name", flat=True)),
        "joined_at": user.date_joined,
        "language": user.language,
        "connected_accounts": list(elsewhere.values("provider", "uid", "date_joined", "last_login")),
        "accepted_terms": list(user.accepted_terms.order_by("at").values("version__number", "at")),
        "sessions": list(user.sessions.order_by("began_at").values("user_agent", "address", "began_at", "used_at")),
        "keys": list(keys.values("name", "lookup", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")),
    }


def _settings(user: User) -> dict[str, Any]:
    studio = StudioState.objects.filter(owner=user).values("form", "folds").first()
    return {
        "preferences": user.preferences,
        "studio": studio,
        "presets": list(Preset.objects.filter(owner=user).values("name", "parameters")),
        "styles": list(Style.objects.filter(owner=user).values("name", "prompt", "negative_prompt")),
        "searches": list(SavedSearch.objects.owned_by(user).values("name", "query")),
        "webhooks": list(Webhook.objects.filter(owner=user, job=None).values("name", "url", "events", "enabled")),
    }


def _collection(row: Collection) -> dict[str, Any]:
    images = row.items.order_by("position", "-added_at", "-pk").values_list("image", flat=True)
    about = {"name": row.name, "description": row.description, "visibility": row.visibility}
    return {**about, "created_at": row.created_at, "images": list(images)}


def _jobs(user: User) -> Iterator[bytes]:
    """Yield a line of JSON for each job, the oldest first, some at a time: a transaction does not stay open."""
    jobs = Job.objects.filter(owner=user).order_by("created_at", "pk").values(*FIELDS_OF_JOBS)
    after = Q()
    while rows := list(jobs.filter(after)[:ROWS]):
        yield b"".join(_json(row, indent=None) + b"\n" for row in rows)
        last = rows[-1]
        after = Q(created_at__gt=last["created_at"]) | Q(created_at=last["created_at"], pk__gt=last["id"])


def _json(data: Any, indent: int | None = 2) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=indent, default=str).encode()


def _file(name: str) -> Iterator[bytes]:
    with default_storage.open(name) as file:
        yield from file.chunks(CHUNK)
