"""What becomes of pictures that the site's safety checker objects to, by who asked for them."""

from django.db.models import Q

from generation.models import RoleLimits

# Where no role says anything: nothing is shown unseen, and nothing is lost.
DEFAULT = RoleLimits.Safety.QUARANTINE
_STRICTER = list(RoleLimits.Safety.values)  # the later, the stricter


def policy_of(user_id: int) -> str:
    """Return the `RoleLimits.Safety` of a person: the strictest of their roles that say something.

    A policy protects, so that joining a further role never lifts it. Who has no role with limits is bound by the row
    for everybody else; where nobody says anything it is quarantine.
    """
    rows = RoleLimits.objects.filter(Q(group__user=user_id) | Q(group=None))
    found = list(rows.values_list("group_id", "safety"))
    own = [safety for group, safety in found if group is not None and safety]
    others = [safety for group, safety in found if group is None and safety]
    return max(own or others or [DEFAULT], key=_STRICTER.index)
