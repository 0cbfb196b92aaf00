"""Actions of staff on images of several owners: each owner's by the owner's own rules, written to the audit log."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from gallery.actions.bulk.run import run_action
from gallery.models import Image
from sdsite.accounts import audit
from sdsite.accounts.scopes import NotPermitted


@dataclass(frozen=True)
class OwnersOutcome:
    """How many images were changed, and the last sentence on why others were not; empty: they needed no change."""

    images: int
    why: str = ""


def act_for_owners(*, action: str, ids: Sequence[uuid.UUID], actor: Any, value: Any = None) -> OwnersOutcome:
    """Do one of the bulk actions with images, owner by owner; those that an owner may not change so stay as they are.

    Each owner can undo it, as an action of their own.
    """
    by_owner: dict[Any, list[uuid.UUID]] = defaultdict(list)
    for image in Image.objects.filter(pk__in=ids).select_related("owner").only("pk", "owner"):
        by_owner[image.owner].append(image.pk)
    done, why = 0, ""
    for owner, own in by_owner.items():
        try:
            with transaction.atomic():
                changed = run_action(owner=owner, action=action, value=value, ids=own).images
                if changed:
                    detail = {"images": changed} if value is None else {"images": changed, "value": value}
                    audit.record(actor=actor, action=f"images.{action}", target=owner, **detail)
        except (ValidationError, NotPermitted) as refused:
            why = f"{owner}: {' '.join(refused.messages) if isinstance(refused, ValidationError) else refused}"
        else:
            done += changed
    return OwnersOutcome(done, why.rstrip("."))
