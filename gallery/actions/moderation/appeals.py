"""Appeals: a person asks for a second look at a decision, and another moderator decides."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gallery.actions.moderation.decisions import Grounds
from gallery.actions.moderation.people import may_decide_appeals, others_who_decide_appeals
from gallery.actions.moderation.telling import tell_appeal
from gallery.actions.moderation.undoing import has_later, lock_image, restore
from gallery.models import Appeal, Image, ModerationAction
from gallery.models.moderation import LONGEST_APPEAL, OF_IMAGES, RESTRICTING
from gallery.text import read_text
from sdsite.accounts import audit
from sdsite.accounts.models import lock_user

Deed, Outcome = ModerationAction.Deed, Appeal.Outcome


class NotAppealable(Exception):
    """A decision cannot be appealed against, or an appeal not be decided by this person; the message says why."""


def why_not_appealable(decision: ModerationAction) -> str:
    """Return why nobody can appeal against `decision` (any more), or "". Whose it is is no matter here."""
    if decision.deed not in RESTRICTING:
        return _("There is no appeal against this kind of decision.")
    if ModerationAction.objects.filter(undoes=decision).exists():
        return _("This decision was undone already.")
    if Appeal.objects.filter(decision=decision).exists():
        return _("You have appealed against this decision already.")
    if decision.deed in OF_IMAGES and not Image.objects.filter(pk__in=[decision.image_id]).exists():
        return _("The image has been deleted for good; an appeal cannot bring it back.")
    return ""


def appeal(*, decision: ModerationAction, person: Any, text: str) -> Appeal:
    """Appeal against a decision about `person`.

    Raises:
        NotAppealable: it was undone, the image is gone, or there was an appeal.
        ValidationError: `text` is empty, too long or not readable.
    """
    normal = read_text(text, longest=LONGEST_APPEAL)
    if not normal:
        raise ValidationError({"text": _("Say why the decision should be changed.")})
    with transaction.atomic():
        lock_user(person.pk)  # so that two tabs do not appeal at once
        if why := why_not_appealable(decision):
            raise NotAppealable(why)
        row = Appeal.objects.create(decision=decision, person=person, text=normal)
        audit.record(actor=person, action="appeal.made", target=decision.image_id or person, decision=decision.pk)
    return row


def why_not_decided_by(row: Appeal, actor: Any) -> str:
    """Return why `actor` may not decide an appeal, or "": it takes another person than who decided before.

    Where there is no other, an administrator decides, also about what they decided themselves.
    """
    if not may_decide_appeals(actor):
        return _("You may not decide appeals.")
    is_involved = actor.pk in (row.decision.moderator_id, row.person_id)
    if not is_involved:
        return ""
    if actor.is_superuser and not others_who_decide_appeals(actor, row.person).exists():
        return ""
    return _("Another moderator, or an administrator, has to decide this appeal: you decided before, or it is yours.")


def decide_appeal(*, pk: int, actor: Any, accept: bool, answer: str = "") -> Appeal:
    """Accept an appeal, which undoes the decision, or decline it; the person is told.

    Raises:
        Appeal.DoesNotExist: there is none of this number.
        NotAppealable: it was decided meanwhile, or not by `actor`.
        ValidationError: `answer` is too long or not readable.
    """
    normal = read_text(answer, longest=LONGEST_APPEAL)
    with transaction.atomic():
        row = Appeal.objects.select_for_update(of=("self",)).select_related("decision", "person").get(pk=pk)
        if row.decided_at is not None:
            name = row.decided_by.username if row.decided_by else _("Somebody who left")
            raise NotAppealable(_("%(name)s has decided this appeal meanwhile.") % {"name": name})
        if why := why_not_decided_by(row, actor):
            raise NotAppealable(why)
        grounds = Grounds(actor, row.decision.reason, normal)
        if accept:
            _undo(row.decision, grounds)
        else:
            _uphold(row.decision, grounds)
        row.outcome = Outcome.ACCEPTED if accept else Outcome.DECLINED
        row.answer, row.decided_at, row.decided_by = normal, timezone.now(), actor
        row.save(update_fields=["outcome", "answer", "decided_at", "decided_by"])
        audit.record(
            actor=actor, action=f"appeal.{row.outcome}", target=row.decision.image_id or row.person, appeal=row.pk
        )
        tell_appeal(row, actor)
    return row


def _undo(decision: ModerationAction, grounds: Grounds) -> None:
    """Undo the decision; where another one about the image stands, the image stays as that one says."""
    if ModerationAction.objects.filter(undoes=decision).exists():
        return
    image = lock_image(decision)
    restore(decision, None if image is None or has_later(decision) else image, grounds)


def _uphold(decision: ModerationAction, grounds: Grounds) -> None:
    grounds.answer(decision, Deed.UPHOLD).save()
