"""Invitations: made and revoked by those with the permission, used by guests who sign up."""

import base64
import io
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from qrcode import QRCode
from qrcode.image.svg import SvgPathFillImage

from sdsite.accounts import audit
from sdsite.accounts.models import Invitation, InvitationUse, User, lock_user
from sdsite.accounts.models.api_key import digest
from sdsite.accounts.notices import notify
from sdsite.accounts.plain_text import wrong_characters
from sdsite.accounts.roles.membership import follow_roles

PERMISSION = "accounts.add_invitation"
MOST_INVITATIONS = 200  # usable ones of one person
MOST_USES = 1000
MOST_DAYS = 366
TOKEN_BYTES = 24

REFUSED = {
    "revoked": gettext_lazy("This invitation was revoked. Ask for a new one."),
    "withdrawn": gettext_lazy("This invitation was revoked. Ask for a new one."),
    "expired": gettext_lazy("This invitation has expired. Ask for a new one."),
    "used up": gettext_lazy("This invitation has been used as often as it may be. Ask for a new one."),
    "unknown": gettext_lazy("There is no such invitation. Check that the link is complete."),
}


class InvitationRefused(Exception):
    """An invitation lets nobody in; `sentence` says why."""

    def __init__(self, state: str) -> None:
        """Keep the sentence of a state."""
        self.sentence = str(REFUSED[state])
        super().__init__(self.sentence)


def may_invite(user: User) -> bool:
    """Tell whether `user` may make invitations."""
    return user.has_perm(PERMISSION)


def roles_offered_to(user: User) -> QuerySet[Group]:
    """Return the roles that invitations of `user` may give: all for administrators, else those that they have."""
    return Group.objects.all() if user.has_perm("accounts.manage_roles") else Group.objects.filter(user=user)


@transaction.atomic
def create_invitation(
    *, actor: User, expires_at: datetime, most_uses: int = 1, role: Group | None = None, note: str = ""
) -> tuple[Invitation, str]:
    """Make an invitation and return (row, token); the token cannot be read again.

    Args:
        actor: Who invites.
        expires_at: The end, at most MOST_DAYS days from now.
        most_uses: How many may come by it, 1 to MOST_USES.
        role: The role of those who come, of `roles_offered_to(actor)`.
        note: For whom it is, at most 200 characters.

    Raises:
        ValidationError: a value is out of range; keyed by field.
    """
    errors = {}
    now = timezone.now()
    lock_user(actor.pk)
    if not now < expires_at <= now + timedelta(days=MOST_DAYS):
        errors["expires_at"] = _("The expiry must lie within the next %(days)d days.") % {"days": MOST_DAYS}
    if not 1 <= most_uses <= MOST_USES:
        errors["most_uses"] = _("Uses must be 1 to %(most)d.") % {"most": MOST_USES}
    if wrong := wrong_characters(note):
        errors["note"] = wrong
    if role is not None and not roles_offered_to(actor).filter(pk=role.pk).exists():
        errors["role"] = _("You can only give a role that you have.")
    if Invitation.objects.usable().filter(made_by=actor).count() >= MOST_INVITATIONS:
        errors["note"] = _("You have %(most)d open invitations; revoke some.") % {"most": MOST_INVITATIONS}
    if errors:
        raise ValidationError(errors)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = Invitation.objects.create(
        digest=digest(token),
        made_by=actor,
        note=note.strip()[:200],
        role=role,
        most_uses=most_uses,
        expires_at=expires_at,
    )
    role_name = role.name if role else ""
    audit.record(actor=actor, action="invitation.created", target=row, uses=most_uses, role=role_name)
    return row, token


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, actor: User) -> bool:
    """Revoke an invitation for good, and return whether it was not before; who came by it stays."""
    done = bool(Invitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=timezone.now()))
    if done:
        audit.record(actor=actor, action="invitation.revoked", target=invitation)
    return done


def find_invitation(token: str) -> Invitation:
    """Return the usable invitation with this token.

    Raises:
        InvitationRefused: there is none, or it lets nobody in any more.
    """
    return _usable(Invitation.objects.filter(digest=digest(token)))


def get_invitation(pk: int) -> Invitation:
    """Return the usable invitation with this id.

    Raises:
        InvitationRefused: there is none, or it lets nobody in any more.
    """
    return _usable(Invitation.objects.filter(pk=pk))


def _usable(rows: QuerySet[Invitation]) -> Invitation:
    row = rows.select_related("made_by", "role").first()
    if row is None:
        raise InvitationRefused("unknown")
    if row.state != "usable":
        raise InvitationRefused(row.state)
    if not _may_still_be_given(row):
        raise InvitationRefused("withdrawn")
    return row


def _may_still_be_given(row: Invitation) -> bool:
    """Tell whether who made an invitation may invite now, and into its role: what they lost they give to nobody."""
    maker = row.made_by
    if maker is None or not may_invite(maker):
        return False
    return row.role is None or roles_offered_to(maker).filter(pk=row.role.pk).exists()


@transaction.atomic
def use_invitation(pk: int, *, user: User) -> Invitation:
    """Let `user` in by an invitation; call it in the transaction that stores the user.

    One UPDATE takes the use, which waits for others that take one at the same time.

    Raises:
        InvitationRefused: it lets nobody in any more.
    """
    if not Invitation.objects.usable().filter(pk=pk).update(uses=F("uses") + 1):
        get_invitation(pk)  # says why
        raise InvitationRefused("used up")  # by somebody between the two queries
    row = Invitation.objects.select_related("made_by", "role").get(pk=pk)
    if not _may_still_be_given(row):
        raise InvitationRefused("withdrawn")  # which takes the use back
    if row.role is not None:
        user.groups.add(row.role)
        follow_roles(user=user, before=[])
    InvitationUse.objects.create(invitation=row, user=user, username=user.username)
    if row.made_by_id is not None:
        notify(row.made_by_id, "invitation_used", actor=user, url=reverse("invitations"))
    audit.record(actor=user, action="invitation.used", target=row, invitation=row.pk)
    return row


def qr_code(url: str) -> str:
    """Return a QR code of `url` as an address with an SVG image, for the source of an image."""
    code = QRCode(image_factory=SvgPathFillImage, border=4)
    code.add_data(url)
    data = io.BytesIO()
    code.make_image().save(data)
    return f"data:image/svg+xml;base64,{base64.b64encode(data.getvalue()).decode()}"
