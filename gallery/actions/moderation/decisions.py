"""Decisions about images: what they do, the row that says so, the audit entry and the reports, in one transaction."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from gallery.actions.changes import announce
from gallery.actions.delete_images import delete_images
from gallery.actions.moderation import hiding
from gallery.actions.moderation.deeds import (
    FOR_GOOD,
    IMAGE_DEEDS,
    LOCKED,
    Columns,
    ImageDeed,
    close_links,
    describe_change,
)
from gallery.actions.moderation.own_images import why_not_about
from gallery.actions.moderation.telling import tell_owners, tell_reporters
from gallery.actions.sharing import resolve_reports
from gallery.models import Image, ModerationAction, Report
from gallery.models.moderation import LONGEST_DECISION_TEXT
from gallery.text import read_text
from sdsite.accounts import audit
from sdsite.accounts.models import User

Deed = ModerationAction.Deed
HIDING = (Deed.HOLD, Deed.PRIVATE, Deed.DELETE)  # others see the image no more
Ids = list[uuid.UUID]


@dataclass(frozen=True)
class Decided:
    """What became of a decision: `made` are the new rows by image, `before` what others had decided meanwhile.

    `refused` says of images why nothing was decided.
    """

    made: dict[uuid.UUID, ModerationAction] = field(default_factory=dict)
    before: dict[uuid.UUID, ModerationAction] = field(default_factory=dict)
    refused: dict[uuid.UUID, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Grounds:
    """Who decides (None: the site itself), and why."""

    actor: Any
    reason: str = ""
    text: str = ""
    rule: str = ""

    def row(self, deed: str, *, person: Any, **more: Any) -> ModerationAction:
        """Return a decision, not stored yet."""
        return ModerationAction(
            deed=deed,
            moderator=self.actor,
            moderator_name=self.actor.username if self.actor else "",
            person=person,
            person_name=person.username if person else "",
            reason=self.reason,
            text=self.text,
            rule=self.rule,
            **more,
        )

    def answer(self, decision: ModerationAction, deed: str, **more: Any) -> ModerationAction:
        """Return a decision about an earlier one, not stored yet; its person may be gone, and the name stays."""
        row = self.row(deed, person=None, image_id=decision.image_id, **more)
        row.person_id, row.person_name = decision.person_id, decision.person_name
        return row


def check_grounds(actor: Any, reason: str, text: str, rule: str = "") -> Grounds:
    """Return the grounds of a decision, with the text in its normal form.

    Raises:
        ValidationError: `reason` is none of the list, or `text` too long or not readable.
    """
    if reason and reason not in ModerationAction.Reason.values:
        sentence = _("reason must be one of %(all)s") % {"all": ", ".join(ModerationAction.Reason.values)}
        raise ValidationError({"reason": sentence})
    normal = read_text(text, longest=LONGEST_DECISION_TEXT)
    return Grounds(actor, reason, normal, rule)


def decide(
    *,
    deed: str,
    images: QuerySet[Image],
    actor: Any,
    reason: str = "",
    text: str = "",
    rule: str = "",
    last: Mapping[uuid.UUID, int | None] | None = None,
) -> Decided:
    """Decide one of IMAGE_DEEDS about images, and write it down; `actor` None: the site, by `rule`.

    Images that are as decided already, and have no open reports, are passed over; a moderator's own images are in
    `refused`. `last` is the number of the last decision (None: none) that the moderator knows of for each image: where
    somebody else decided since, the image is left alone and that decision is in `before`.

    Raises:
        ValidationError: as `check_grounds`.
    """
    grounds = check_grounds(actor, reason, text, rule)
    kind = IMAGE_DEEDS[deed]
    with transaction.atomic():
        locked = list(images.select_for_update().only(*LOCKED).order_by("pk"))
        refused = _refused(locked, actor)
        found = [image for image in locked if image.pk not in refused]
        before = _decided_meanwhile(found, last or {}, actor)
        viewers = hiding.viewers_of(found) if deed in HIDING else hiding.Viewers()
        rows, changed = _make_rows(deed, kind, [image for image in found if image.pk not in before], grounds)
        made = _by_image(ModerationAction.objects.bulk_create(rows))
        _record(kind, changed, made, actor)
        close_reports(made, actor, upheld=kind.upholds)
        tell_owners(made.values(), actor)
        _announce(kind.announced, [image for image in found if image.pk in made], actor)
        hiding.tell(viewers, made)
    return Decided(made, before, refused)


def _refused(images: list[Image], actor: Any) -> dict[uuid.UUID, str]:
    """Return why nothing is decided about the actor's own images, by image."""
    own = [image.pk for image in images if actor is not None and image.owner_id == actor.pk]
    why = why_not_about(actor.pk, actor) if own else ""
    return dict.fromkeys(own, why) if why else {}


def _decided_meanwhile(
    found: list[Image], last: Mapping[uuid.UUID, int | None], actor: Any
) -> dict[uuid.UUID, ModerationAction]:
    """Return the decisions that other people made since the one that is known, by image."""
    now = ModerationAction.objects.last_of_images([image.pk for image in found if image.pk in last])
    numbers = [number for pk, number in now.items() if number != last[pk]]
    rows = ModerationAction.objects.filter(pk__in=numbers)
    mine = actor.pk if actor else None
    return _by_image(row for row in rows if row.moderator_id != mine)


def _by_image(rows: Iterable[ModerationAction]) -> dict[uuid.UUID, ModerationAction]:
    return {row.image_id: row for row in rows if row.image_id is not None}


def _make_rows(
    deed: str, kind: ImageDeed, images: list[Image], grounds: Grounds
) -> tuple[list[ModerationAction], list[Image]]:
    """Change the images, and return the rows to be written and the images whose columns changed."""
    now = timezone.now()
    linked = close_links(images, grounds.actor) if deed in (Deed.PRIVATE, Deed.DELETE) else set()
    reported = _reported(images) if grounds.actor is not None else set()
    owners = User.objects.in_bulk({image.owner_id for image in images})
    rows, by_columns = [], defaultdict(list)
    for image in images:
        after = kind.sets(image, now)
        if not (after or image.pk in linked or image.pk in reported):
            continue
        change = describe_change(image, after) if after else {}
        rows.append(grounds.row(deed, person=owners[image.owner_id], image=image, change=change))
        if after:
            by_columns[tuple(after.items())].append(image)
    for columns, some in by_columns.items():
        Image.objects.filter(pk__in=[image.pk for image in some]).update(**dict(columns))
    return rows, [image for some in by_columns.values() for image in some]


def _reported(images: list[Image]) -> set[uuid.UUID | None]:
    reports = Report.objects.open().filter(image__in=[image.pk for image in images])
    return set(reports.values_list("image", flat=True))


def _record(kind: ImageDeed, changed: list[Image], made: Mapping[uuid.UUID, ModerationAction], actor: Any) -> None:
    for image in changed:
        row = made[image.pk]
        said: Columns = {name: value for name in ("reason", "rule") if (value := getattr(row, name))}
        audit.record(
            actor=actor,
            action=kind.audit,
            target=image.pk,
            owner=image.owner_id,
            decision=row.pk,
            **said,
            **row.change,
        )


def close_reports(made: Mapping[uuid.UUID, ModerationAction], actor: Any, *, upheld: bool) -> None:
    """End the open reports of images about which a person decided, and tell who reported; a rule leaves them open."""
    if actor is None or not made:
        return
    outcome = Report.Outcome.UPHELD if upheld else Report.Outcome.DECLINED
    numbers = {pk: row.pk for pk, row in made.items()}
    with transaction.atomic():
        reports = list(Report.objects.open().filter(image__in=list(made)).select_for_update())
        ended = Report.objects.filter(pk__in=[report.pk for report in reports])
        resolve_reports(reports=ended, actor=actor, outcome=outcome, decisions=numbers)
        tell_reporters(reports, actor, upheld=upheld)


def dismiss_reports(*, reports: QuerySet[Report], actor: Any) -> int:
    """End single reports without a decision about their images, and tell who reported; return how many were open.

    Reports of a moderator's own images stay open.
    """
    with transaction.atomic():
        if why_not_about(actor.pk, actor):
            reports = reports.exclude(image__owner=actor)
        found = list(reports.filter(resolved_at=None).select_for_update(of=("self",)))
        done = resolve_reports(
            reports=Report.objects.filter(pk__in=[one.pk for one in found]),
            actor=actor,
            outcome=Report.Outcome.DECLINED,
        )
        tell_reporters(found, actor, upheld=False)
    return done


def _announce(announced: tuple[str, Any], images: list[Image], actor: Any) -> None:
    """Tell the pages of the owners and of the moderator what was done."""
    action, value = announced
    by_owner: dict[int, Ids] = defaultdict(list)
    for image in images:
        by_owner[image.owner_id].append(image.pk)
    for owner_id, ids in by_owner.items():
        announce(owner_id, action, ids, value)
    if actor is not None and list(by_owner) != [actor.pk]:
        announce(actor.pk, action, [image.pk for image in images], value)


def quarantine(*, images: QuerySet[Image], actor: Any, reason: str = "") -> int:
    """Put images under review, hidden from their owners; return how many were not under review before."""
    return len(_changed(decide(deed=Deed.HOLD, images=images, actor=actor, reason=reason)))


def release(*, images: QuerySet[Image], actor: Any) -> int:
    """Approve images, so that their owners see them again; return how many were under review or blurred."""
    return len(_changed(decide(deed=Deed.APPROVE, images=images, actor=actor)))


def note_held(image: Image) -> None:
    """Write down that the site stored an image under review, and tell its owner, who may appeal; in a transaction."""
    grounds = Grounds(None, reason=ModerationAction.Reason.RULE)
    change = describe_change(Image(quarantined_at=None), {"quarantined_at": image.quarantined_at})
    person = User.objects.filter(pk=image.owner_id).first()
    row = grounds.row(Deed.HOLD, person=person, image_id=image.pk, change=change)
    row.save()
    tell_owners([row], None, group=f"job {image.job_id}")


def delete_for_good(*, images: QuerySet[Image], actor: Any, reason: str = "", text: str = "") -> int:
    """Delete images with their files at once, and write down those of other people; return how many.

    A moderator's own images stay: they are deleted in the library, which keeps what is under review.
    """
    grounds = check_grounds(actor, reason, text)
    if why_not_about(actor.pk, actor):
        images = images.exclude(owner=actor)
    with transaction.atomic():
        found = list(images.select_for_update(of=("self",)).select_related("owner"))
        theirs = [image for image in found if image.owner_id != actor.pk]
        made = ModerationAction.objects.bulk_create(
            grounds.row(Deed.DELETE, person=image.owner, image_id=image.pk, change=FOR_GOOD) for image in theirs
        )
        close_reports(_by_image(made), actor, upheld=True)
        tell_owners(made, actor)
        hiding.tell(hiding.viewers_of(found))
        return delete_images(images=Image.objects.filter(pk__in=[image.pk for image in found]), actor=actor)


def _changed(decided: Decided) -> Collection[uuid.UUID]:
    return [pk for pk, row in decided.made.items() if row.change]
