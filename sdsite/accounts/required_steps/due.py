"""Which step a person has to do before they use the site, kept at the account so that no request asks for it.

`refresh` writes it at each login and with each new key, and whenever terms, roles or second factors change.
"""

from allauth.mfa.models import Authenticator
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable

from sdsite.accounts.models import Role, SecondFactorRole, TermsAcceptance, TermsVersion, User

TERMS, SECOND_FACTOR = "terms_not_accepted", "second_factor_required"
SENTENCES = {
    TERMS: "The terms of use have not been accepted. Open the site in a browser, read them and accept.",
    SECOND_FACTOR: "Your role asks for a second factor. Open the site in a browser and set one up.",
}
MEMBER, ADMINISTRATOR = "member", "administrator"  # keys of `Role`
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class StepDue(PermissionError):
    """A person has to do a step first; `code` says which."""

    def __init__(self, code: str) -> None:
        """Keep the code, and its sentence."""
        super().__init__(SENTENCES[code])
        self.code = code


def step_of(user: User) -> str:
    """Return the step that `user` has to do: SECOND_FACTOR, TERMS, or "" for none."""
    return SECOND_FACTOR if user.second_factor_due else TERMS if user.terms_due else ""


def check_session(user: User) -> None:
    """Refuse a session of one who has a step to do.

    Raises:
        StepDue: there is one.
    """
    if step := step_of(user):
        raise StepDue(step)


def check_key(owner: User) -> None:
    """Refuse a key whose owner has not accepted the terms; a key is no password, so it needs no second factor.

    Raises:
        StepDue: TERMS.
    """
    if owner.terms_due:
        raise StepDue(TERMS)


def refresh(people: QuerySet[User]) -> None:
    """Write for `people` which steps they have to do now."""
    current = TermsVersion.objects.first()
    accepted = TermsAcceptance.objects.filter(user=OuterRef("pk"), version=current)
    terms = Q(pk__isnull=False) & ~Exists(accepted) if current is not None and current.text else None
    second_factor = _asked_for() & ~Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=SECOND_FACTORS))
    people.order_by().update(
        terms_due=Value(False) if terms is None else _is(terms),
        second_factor_due=_is(second_factor),
    )


def _asked_for() -> Q:
    """Return the condition that a role asks for it; who has no role counts as a member, as for permissions."""
    asking, key = SecondFactorRole.objects.all(), "group__role__key"
    by_role = Q(Exists(asking.filter(group__user=OuterRef("pk"))))
    as_member = ~Exists(Role.objects.filter(group__user=OuterRef("pk"))) & Exists(asking.filter(**{key: MEMBER}))
    return by_role | Q(is_superuser=True) & Exists(asking.filter(**{key: ADMINISTRATOR})) | as_member


def _is(condition: Combinable | Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False))
