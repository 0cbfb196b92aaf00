"""Template filter of the admin: breadcrumbs that are named like the menu."""

import itertools
from typing import Any

from django import template
from django.urls import NoReverseMatch

register = template.Library()


@register.filter
def named_like_menu(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return breadcrumbs (`title`, `link`) with a list, and the group that it is in, named as in the menu."""
    from sdsite.admin.theme import MENU, address  # late: the theme reads all tag libraries while it is imported itself

    names = {}
    for group, items in MENU:
        for name, _, target, _ in items:
            try:
                names[address(target)] = (group, name)
            except NoReverseMatch:
                continue
    crumbs = [dict(part) for part in parts]
    for before, crumb in itertools.pairwise(crumbs):
        found = names.get(str(crumb["link"]))
        if found:
            before["title"], crumb["title"] = found
            before["link"] = ""  # of a group of the menu there is no page
    return crumbs
