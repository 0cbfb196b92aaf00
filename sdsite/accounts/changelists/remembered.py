"""Filters of the admin's lists, kept with the person: who leaves a list and comes back finds them on every device.

Only what was chosen on the list itself is remembered, no filter that a link from elsewhere brought along; opening the
list once more while one is there starts afresh.
"""

from urllib.parse import urlsplit

from django.db import transaction
from django.http import HttpRequest, QueryDict

from sdsite.accounts.models import User

STORED_AS = "admin_filters"  # in the preferences of the account
LEFT_OUT = ("q", "p", "all", "e", "_changelist_filters")  # a search and a page are of the moment
FOREIGN = ("_popup", "_to_field")
LONGEST = 1000  # characters of the filters of one list
MOST_LISTS = 40
MOST_CHARACTERS = 8000  # of all lists together: every page reads the row of its person


def recall(request: HttpRequest) -> str:
    """Return the query string with which a list was last filtered, if it is opened from elsewhere; otherwise ""."""
    if request.method != "GET" or any(name in request.GET for name in FOREIGN):
        return ""
    user = request.user
    if not isinstance(user, User):
        return ""
    before = user.preferences.get(STORED_AS, {}).get(request.path, "")
    if not _came_from_here(request):
        return "" if request.GET else before
    filters = _filters(request.GET)
    if filters != before and len(filters) <= LONGEST:
        _keep(user, request.path, filters)
    return ""


@transaction.atomic
def _keep(user: User, path: str, filters: str) -> None:
    """Store the filters of a list, the last one at the end; those that were not used for longest make room."""
    row = User.objects.select_for_update().get(pk=user.pk)
    kept = {one: query for one, query in row.preferences.get(STORED_AS, {}).items() if one != path}
    while kept and (len(kept) >= MOST_LISTS or sum(map(len, kept.values())) + len(filters) > MOST_CHARACTERS):
        del kept[next(iter(kept))]
    if filters:
        kept[path] = filters
    user.preferences = {**row.preferences, STORED_AS: kept}
    User.objects.filter(pk=user.pk).update(preferences=user.preferences)


def _came_from_here(request: HttpRequest) -> bool:
    found = urlsplit(request.headers.get("Referer", ""))
    return found.path == request.path and found.netloc in ("", request.get_host())


def _filters(query: QueryDict) -> str:
    """Return what of a query is a filter or an order, encoded; values of several are kept."""
    wanted = query.copy()
    for name in LEFT_OUT:
        wanted.pop(name, None)
    for name in [name for name, values in wanted.lists() if not any(values)]:
        del wanted[name]
    return wanted.urlencode()
