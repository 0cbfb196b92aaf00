"""Filters of the admin's lists, remembered in the session: who leaves a list and comes back finds them again.

Only what was chosen on the list itself is remembered, no filter that a link from elsewhere brought along; opening the
list once more while one is there starts afresh.
"""

from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict

KEY = "admin_filters"
LEFT_OUT = ("q", "p", "all", "e", "_changelist_filters")  # a search and a page are of the moment
FOREIGN = ("_popup", "_to_field")
LONGEST = 1000  # characters of the filters of one list
MOST_LISTS = 40


def recall(request: HttpRequest) -> str:
    """Return the query string with which a list was last filtered, if it is opened from elsewhere; otherwise ""."""
    if request.method != "GET" or any(name in request.GET for name in FOREIGN):
        return ""
    kept: dict[str, str] = request.session.get(KEY, {})
    before = kept.get(request.path, "")
    if not _came_from_here(request):
        return "" if request.GET else before
    filters = _filters(request.GET)
    if filters != before and len(filters) <= LONGEST:
        others = {path: query for path, query in kept.items() if path != request.path}
        while len(others) >= MOST_LISTS:
            del others[next(iter(others))]
        request.session[KEY] = {**others, request.path: filters} if filters else others
    return ""


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
