"""Deleting a role that was made here; what it is used for moves to another one, or stands in the way."""

from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gallery.models import Rule
from sdsite.accounts import audit
from sdsite.accounts.models import Invitation, ProviderRole, Role, User
from sdsite.accounts.required_steps.due import refresh
from sdsite.people.roles.state import all_groups, state_of

TOGETHER = 500  # people in one statement


class RoleKept(Exception):
    """A role is not deleted; `uses` says in sentences by what it is held, by kind."""

    def __init__(self, sentence: str, uses: dict[str, str] | None = None) -> None:
        """Keep the uses."""
        super().__init__(sentence)
        self.uses = uses or {}


@dataclass(frozen=True)
class RoleUses:
    """By how many rows a role is used."""

    members: int
    invitations: int
    providers: int
    rules: int

    def sentences(self) -> dict[str, str]:
        """Return a sentence for each kind of use that there is."""
        found = {
            "members": (self.members, ngettext("%(n)s member", "%(n)s members", self.members)),
            "invitations": (self.invitations, ngettext("%(n)s invitation", "%(n)s invitations", self.invitations)),
            "providers": (
                self.providers,
                ngettext("%(n)s group of a provider", "%(n)s groups of providers", self.providers),
            ),
            "rules": (self.rules, ngettext("%(n)s rule", "%(n)s rules", self.rules)),
        }
        return {kind: sentence % {"n": f"{number:,}"} for kind, (number, sentence) in found.items() if number}


def uses_of(group: Group) -> RoleUses:
    """Return by what a role is used: members, invitations and providers that give it, rules that bind it."""
    return RoleUses(
        members=User.objects.filter(groups=group).count(),
        invitations=Invitation.objects.filter(role=group).count(),
        providers=ProviderRole.objects.filter(group=group).count(),
        rules=Rule.objects.kept().filter(roles=group).count(),
    )


@transaction.atomic
def delete_role(*, group: Group, actor: User, move_to: Group | None = None, in_use: bool = False) -> RoleUses:
    """Delete a role with its limits; return what moved to `move_to`.

    Who saw the administration by it alone does so no more. `in_use`: its members lose it where there is no `move_to`.

    Raises:
        RoleKept: it comes with the site, rules bind it (without it they would bind everybody), or it is used and
            there is no `move_to`.
    """
    list(Group.objects.select_for_update().filter(pk__in=[one.pk for one in (group, move_to) if one]).order_by("pk"))
    role = Role.objects.filter(group=group).first()
    if role is not None and role.key is not None:
        raise RoleKept(_("%(role)s comes with the site and cannot be deleted.") % {"role": role})
    uses = uses_of(group)
    if uses.rules:
        raise RoleKept(_("Rules bind this role. Change them first."), {"rules": uses.sentences()["rules"]})
    if move_to is None and not in_use and uses.sentences():
        raise RoleKept(_("The role is in use. Say which one takes its place (move_to)."), uses.sentences())
    found = [row for row in all_groups() if row.pk == group.pk]
    if not found:  # somebody else was first
        raise Group.DoesNotExist
    name, before = group.name, state_of(found[0])
    members = list(User.objects.filter(groups=group).values_list("pk", flat=True))
    if move_to is not None:
        _move(group, move_to)
    group.delete()
    for at in range(0, len(members), TOGETHER):
        people = User.objects.filter(pk__in=members[at : at + TOGETHER])
        _follow(people, closed=before.opens_admin)
        refresh(people)
    detail = {"moved_to": move_to.name, "members": uses.members} if move_to is not None else {}
    audit.record(actor=actor, action="role.deleted", target=name, before=before.model_dump(mode="json"), **detail)
    return uses


def _move(group: Group, other: Group) -> None:
    through = User.groups.through
    members = User.objects.filter(groups=group).exclude(groups=other).values_list("pk", flat=True)
    rows = [through(user_id=pk, group_id=other.pk) for pk in members]
    through._default_manager.bulk_create(rows, batch_size=500)
    Invitation.objects.filter(role=group).update(role=other)
    for row in ProviderRole.objects.filter(group=group):
        if not ProviderRole.objects.filter(provider=row.provider_id, value=row.value, group=other).exists():
            ProviderRole.objects.filter(pk=row.pk).update(group=other)


def _follow(people: QuerySet[User], *, closed: bool) -> None:
    """Make staff of `people` whose roles open the administration; staff no more where the only one that did is gone."""
    opening = User.groups.through._default_manager.filter(group__role__opens_admin=True).values("user")
    people.filter(pk__in=opening).update(is_staff=True)
    if closed:
        people.exclude(Q(pk__in=opening) | Q(is_superuser=True)).update(is_staff=False)
