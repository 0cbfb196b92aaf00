"""Terms of use: publishing a version, and accepting it."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from sdsite.accounts import audit
from sdsite.accounts.models import TermsAcceptance, TermsVersion, User
from sdsite.accounts.required_steps.due import refresh

MOST_CHARACTERS = 100_000


def current_terms() -> TermsVersion | None:
    """Return the version that holds; None where the site has no terms."""
    newest = TermsVersion.objects.first()
    return newest if newest is not None and newest.text else None


@transaction.atomic
def publish_terms(text: str, *, actor: User) -> TermsVersion:
    """Publish a version, which everybody has to accept; an empty text means that no terms hold any more.

    Raises:
        ValidationError: it is too long, or the same as before.
    """
    text = text.strip().replace("\r\n", "\n")
    before = TermsVersion.objects.select_for_update().first()
    if len(text) > MOST_CHARACTERS:
        raise ValidationError({"text": _("Terms may have %(most)d characters.") % {"most": MOST_CHARACTERS}})
    if text == (before.text if before else ""):
        raise ValidationError({"text": _("This is the text that holds already.")})
    number = before.number + 1 if before else 1
    version = TermsVersion.objects.create(number=number, text=text, published_by=actor)
    audit.record(actor=actor, action="terms.published", target=version, characters=len(text))
    refresh(User.objects.all())
    return version


@transaction.atomic
def accept_terms(number: int, *, user: User) -> bool:
    """Accept the version `number`, and return whether it is the one that holds; another one is not accepted."""
    current = current_terms()
    if current is None or current.number != number:
        return False
    _row, made = TermsAcceptance.objects.get_or_create(user=user, version=current)
    if made:
        audit.record(actor=user, action="terms.accepted", target=current)
    refresh(User.objects.filter(pk=user.pk))
    return True
