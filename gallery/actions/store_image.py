"""Storage of a generated image: its file, then its thumbnail, then its row."""

import hashlib
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone
from PIL import Image as Pillow

from gallery.actions.derivations import write_derivations
from gallery.actions.media_files import remove_files, save_files
from gallery.actions.moderation import note_held
from gallery.imaging import metadata, thumbnails
from gallery.imaging.perceptual_hash import make_perceptual_hash
from gallery.kept_steps import pack_steps
from gallery.models import Image
from gallery.models.image import THUMBNAIL_COLUMNS
from gallery.search.index import search_columns, write_words
from gallery.search.meaning.index import note_stored
from gallery.search.similar import write_bands
from sdsite.core.disk_space import is_disk_full, require_reserve


@dataclass(frozen=True)
class Provenance:
    """Where an image comes from: its owner, its job, and the parameters of this one image."""

    owner_id: int
    job_id: uuid.UUID
    job_created_at: datetime
    parameters: dict[str, Any]


def store_image(
    *,
    pixels: Pillow.Image,
    index: int,
    seed: int,
    provenance: Provenance,
    image_format: str,
    quality: int,
    infotext: str,
    receipt: dict[str, Any],
    safety: dict[str, Any] | None = None,
    quarantined: bool = False,
    steps: Mapping[int, bytes] | None = None,
    guard: Callable[[], bool] = lambda: True,
    on_stored: Callable[[Image], None] | None = None,
) -> Image | None:
    """Store `pixels` as image `index` of its job and return the row; if the job has that image already, return it.

    Files first, then the row: a crash in between leaves an orphan file, never a row without a file. `guard` only asks,
    inside the row's transaction and before anything is written there; when it says no, the files go again and None is
    returned. `on_stored` is called with the new row in the same transaction: what it writes is stored together with
    the row, and if it raises, neither is. `safety` is the verdict of the safety checker; `quarantined` hides the image
    from its owner until a moderator approves it. `steps`: previews of steps to keep with the image, by step.

    Raises:
        django.db.OperationalError, django.db.InterfaceError: the connection to the database broke. Whether the row was
            written is not known then, so the files stay; a sweep removes those without a row. The call may be repeated.
        OSError: the files could not be written, and none is left; `DiskFull`: they were not tried.
    """
    earlier = Image.objects.filter(job_id=provenance.job_id, index=index).first()
    if earlier is not None:
        return earlier
    require_reserve()
    site_data = {"version": 1, "seed": seed, "parameters": provenance.parameters, "receipt": receipt}
    data = metadata.encode(pixels, image_format=image_format, quality=quality, infotext=infotext, site_data=site_data)
    # The random part keeps two workers that store the same image from overwriting each other's file.
    stem = f"{str(provenance.job_id)[:2]}/{provenance.job_id}/{index}-{secrets.token_hex(4)}"
    further = thumbnails.make_further_thumbnails(pixels)
    archive = {f"steps/{stem}.zip": pack_steps(steps)} if steps else {}
    names = save_files(
        {
            f"images/{stem}.{image_format}": data,
            f"thumbnails/{stem}.{thumbnails.FORMAT}": thumbnails.make_thumbnail(pixels),
            **{f"thumbnails/{stem}-{side}.{thumbnails.FORMAT}": small for side, small in further.items()},
            **archive,
        }
    )
    prompt = provenance.parameters.get("prompt", "")
    row = Image(
        owner_id=provenance.owner_id,
        job_id=provenance.job_id,
        job_created_at=provenance.job_created_at,
        index=index,
        seed=seed,
        prompt=prompt,
        width=pixels.width,
        height=pixels.height,
        format=image_format,
        file=names[0],
        thumbnail=names[1],
        **{THUMBNAIL_COLUMNS[side]: name for side, name in zip(further, names[2:], strict=False)},
        steps_file=names[-1] if archive else None,
        steps={"kept": sorted(steps), "bytes": sum(map(len, archive.values()))} if steps else None,
        thumbhash=thumbnails.make_thumbhash(pixels),
        perceptual_hash=make_perceptual_hash(pixels),
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        parameters=provenance.parameters,
        **search_columns(prompt, provenance.parameters),
        receipt=receipt,
        safety=safety or {},
        quarantined_at=timezone.now() if quarantined else None,
    )
    try:
        with transaction.atomic():
            if guard():
                row.save(force_insert=True)
                write_words([row])
                write_bands([row])
                note_stored(row)
                write_derivations([row])
                if quarantined:
                    note_held(row)
                if on_stored is not None:
                    on_stored(row)
                return row
    except IntegrityError:
        remove_files(names)
        winner = Image.objects.filter(job_id=provenance.job_id, index=index).first()
        if winner is None:
            raise
        return winner
    except (OperationalError, InterfaceError) as error:
        if is_disk_full(error):  # nothing was written, and each repetition would fill the disk further
            remove_files(names)
        raise
    except Exception:
        remove_files(names)
        raise
    remove_files(names)
    return None
