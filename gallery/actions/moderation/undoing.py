"""Undoing decisions: images get back what was taken from them, as far as nothing has changed it since."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gallery.actions.changes import announce
from gallery.actions.moderation.decisions import Grounds
from gallery.actions.moderation.deeds import FOR_GOOD, LOCKED, columns_to_restore
from gallery.actions.moderation.own_images import why_not_about
from gallery.actions.moderation.telling import tell_owners
from gallery.models import Appeal, Image, ModerationAction
from gallery.models.moderation import OF_IMAGES
from sdsite.accounts import audit
from sdsite.accounts.models import User
from sdsite.accounts.roles.backend import require
from sdsite.accounts.roles.deeds import DeedRefused
from sdsite.accounts.roles.suspension import check_person, end_suspension

Deed = ModerationAction.Deed
UNDOABLE = (*OF_IMAGES, Deed.APPROVE, Deed.WARN, Deed.SUSPEND)


class NotUndoable(Exception):
    """A decision cannot be undone; the message says why."""


def undo(*, decision: ModerationAction, actor: Any, reason: str = "", text: str = "") -> ModerationAction:
    """Undo a decision and write that down; return the new row.

    Raises:
        NotUndoable: it was undone before, another decision about the image stands, the image is gone, there is
            nothing to undo in a decision of its kind, or it is not for `actor` to undo it.
    """
    with transaction.atomic():
        image = lock_image(decision)
        check_actor(decision, actor)
        check_undoable(decision, image)
        row = restore(decision, image, Grounds(actor, reason, text))
        Appeal.objects.open().filter(decision=decision).update(
            outcome=Appeal.Outcome.ACCEPTED, decided_at=row.at, decided_by=actor
        )
        tell_owners([row], actor)
    return row


def undo_many(*, decisions: Sequence[ModerationAction], actor: Any) -> tuple[list[ModerationAction], dict[int, str]]:
    """Undo several decisions, each by itself; return the new rows, and by number why the others stay."""
    made, refused = [], {}
    for decision in decisions:
        try:
            made.append(undo(decision=decision, actor=actor))
        except NotUndoable as error:
            refused[decision.pk] = str(error)
    return made, refused


def check_actor(decision: ModerationAction, actor: Any) -> None:
    """Check that it is for `actor` to undo a decision: who may not make it does not undo it either.

    Raises:
        NotUndoable: it is about themselves, or about staff whom they may not warn or suspend.
    """
    if why := why_not_about(decision.person_id, actor):
        raise NotUndoable(why)
    if decision.deed not in (Deed.WARN, Deed.SUSPEND) or actor.pk == decision.person_id:
        return
    try:
        if decision.deed == Deed.SUSPEND:
            require(actor, "accounts.suspend_user")
        if decision.person is not None:
            check_person(decision.person, actor)
    except DeedRefused as error:
        raise NotUndoable(str(error)) from error


def check_undoable(decision: ModerationAction, image: Image | None) -> None:
    """Check that a decision can be undone now; call it while the image is locked.

    Raises:
        NotUndoable: it cannot.
    """
    if decision.deed not in UNDOABLE:
        raise NotUndoable(_("This kind of decision cannot be undone."))
    if ModerationAction.objects.filter(undoes=decision).exists():
        raise NotUndoable(_("This decision was undone before."))
    if decision.deed in (Deed.WARN, Deed.SUSPEND):
        return
    if image is None or decision.change == FOR_GOOD:
        raise NotUndoable(_("The image has been deleted for good; nothing can bring it back."))
    if has_later(decision):
        raise NotUndoable(_("Another decision about this image was made since; undo that one first."))


def has_later(decision: ModerationAction) -> bool:
    """Tell whether a later decision about the image stands."""
    later = ModerationAction.objects.filter(image=decision.image_id, pk__gt=decision.pk).standing()
    return later.filter(deed__in=(*OF_IMAGES, Deed.APPROVE)).exists()


def lock_image(decision: ModerationAction) -> Image | None:
    """Lock the image of a decision until the transaction ends and return it; None: it is gone."""
    if decision.image_id is None:
        return None
    return Image.objects.select_for_update().only(*LOCKED).filter(pk=decision.image_id).first()


def _end_suspension(decision: ModerationAction, actor: Any) -> None:
    """End a suspension, unless a later one stands."""
    if decision.person_id is None:
        return
    later = ModerationAction.objects.filter(person=decision.person_id, deed=Deed.SUSPEND, pk__gt=decision.pk)
    person = User.objects.filter(pk=decision.person_id).first()
    if person is not None and not later.standing().exists():
        end_suspension(user=person, actor=actor)


def restore(decision: ModerationAction, image: Image | None, grounds: Grounds) -> ModerationAction:
    """Give an image back what `decision` took, if it is there, and write down the undoing; in a transaction."""
    columns = columns_to_restore(image, decision.change) if image is not None else {}
    if image is not None and columns:
        Image.objects.filter(pk=image.pk).update(**columns)
        # Each page reads what it shows again: the image may come back into lists, or leave them.
        for user_id in {image.owner_id, grounds.actor.pk if grounds.actor else image.owner_id}:
            announce(user_id, "restore", [image.pk])
    if decision.deed == Deed.SUSPEND:
        _end_suspension(decision, grounds.actor)
    row = grounds.answer(decision, Deed.RESTORE, undoes=decision)
    row.save()
    audit.record(
        actor=grounds.actor,
        action="moderation.undone",
        target=decision.image_id or decision.person_name,
        decision=decision.pk,
        deed=decision.deed,
    )
    return row
