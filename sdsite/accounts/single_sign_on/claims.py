"""Claims of a person who signs in at an identity provider: address, and groups that give roles."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from sdsite.accounts.models import IdentityProvider, User
from sdsite.accounts.roles.membership import assign_roles

logger = logging.getLogger(__name__)

MOST_GROUPS = 1000


class SignInRefused(Exception):
    """A person may not sign in by the provider; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        """Keep the sentence."""
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Claims:
    """What the provider says: the address, empty unless verified, and the names of the person's groups."""

    email: str
    groups: frozenset[str]


def read_claims(provider: IdentityProvider, data: Mapping[str, Any]) -> Claims:
    """Return the claims of the ID token, and of the userinfo if it is about the same person.

    Raises:
        SignInRefused: there is no ID token, the two are about different people, or the address has another domain.
    """
    token, userinfo = data.get("id_token") or {}, data.get("userinfo") or {}
    if not token or (userinfo and userinfo.get("sub") != token.get("sub")):
        raise SignInRefused(_("The provider's answer does not fit together. Try again."))
    merged = {**token, **userinfo}
    email = _verified_address(token, userinfo)
    domain = email.rpartition("@")[2].lower()
    if provider.allowed_domains and domain not in provider.allowed_domains:
        domains = ", ".join(provider.allowed_domains)
        raise SignInRefused(_("Sign in with a verified address of %(domains)s.") % {"domains": domains})
    return Claims(email=email, groups=_groups(merged.get(provider.groups_claim)))


def _verified_address(token: Mapping[str, Any], userinfo: Mapping[str, Any]) -> str:
    """Return the address, that of the userinfo first, or "" where what says that one is verified is about another."""
    address = userinfo.get("email") or token.get("email") or ""
    about = [part for part in (token, userinfo) if part.get("email", address) == address]
    said = [part["email_verified"] for part in about if "email_verified" in part]
    return str(address) if said and said[-1] in (True, "true") else ""


def _groups(claimed: Any) -> frozenset[str]:
    """Return the groups of a claim: a list, or a text with commas."""
    listed = claimed.split(",") if isinstance(claimed, str) else claimed if isinstance(claimed, list) else []
    return frozenset(str(one).strip() for one in listed[:MOST_GROUPS])


def follow_groups(provider: IdentityProvider, user: User, groups: frozenset[str]) -> None:
    """Give `user` the roles of their groups at the provider, and take those that the provider gives to others only.

    Roles that it does not map stay as they are.
    """
    mapped = list(provider.roles.select_related("group"))
    if not mapped:
        return
    given = {row.group for row in mapped if row.value in groups}
    kept = set(user.groups.exclude(pk__in=[row.group_id for row in mapped]))
    try:
        assign_roles(user=user, groups=kept | given, actor=user)
    except ValidationError as error:  # of the last administrator, who comes in nevertheless
        logger.warning("roles of %s are not changed by %s: %s", user, provider, " ".join(error.messages))
