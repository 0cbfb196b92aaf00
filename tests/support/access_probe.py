"""The routes of the site, found where it keeps them, and the answer of each to one who asks."""

import re
from functools import cache

from django.db import transaction
from django.urls import URLResolver, get_resolver

from sdsite.api.compat import registry
from tests import access

# One letter for each answer. What is past the door (a page, a redirect, a value that is refused) is Y.
YES, LOGIN, UNAUTHORIZED, FORBIDDEN, MISSING, NO_METHOD = "YLUFN-"
BY_STATUS = {401: UNAUTHORIZED, 403: FORBIDDEN, 404: MISSING, 405: NO_METHOD}
PARAMETER = re.compile(r"<(?:([^<>:]+):)?(\w+)>|\(\?P<(\w+)>[^()]*\)")


def walk(patterns, prefix=""):
    """Yield (route, pattern) of all URL patterns."""
    for pattern in patterns:
        # the list of all apps, which grows
        route = re.sub(r"\^\(\?P<app_label>[\w|]+\)/\$", "<str:app_label>/", f"{prefix}{pattern.pattern}")
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, route)
        else:
            yield route, pattern


def url_routes():
    """Return the routes of all URL patterns, each once; those of the native API's operations are in its document."""
    routes = {}
    for route, pattern in walk(get_resolver().url_patterns):
        if getattr(pattern.callback, "__module__", "") != "ninja.operation" or not route.removeprefix("api/v1/"):
            routes.setdefault(route, pattern)
    return list(routes)


def operations():
    """Return the operations of the native API's document as "METHOD /path"."""
    from sdsite.api.native import api

    paths = api.get_openapi_schema(path_prefix="")["paths"]
    return [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]


def sockets():
    """Return {route: consumer} of all websockets."""
    from generation.realtime import routing
    from sdsite.api.websocket import routing as routes

    found = (*routing.websocket_urlpatterns, *routes.websocket_urlpatterns, *registry.patterns("websocket_urlpatterns"))
    return [str(pattern.pattern) for pattern in found]


def address_of(route, state):
    """Return the path of `route`, a URL pattern or a path of the API, with the state's rows in it."""
    path = PARAMETER.sub(lambda found: str(state.fill(route, found[2] or found[3], found[1] or "str")), route)
    path = re.sub(r"\{(\w+)\}", lambda found: str(state.fill(route, found[1])), path)
    return "/" + path.replace("^", "").replace("$", "").lstrip("/")


def answer_to(client, method, path, body=None):
    """Return the letter of the answer; whatever the request changed is undone."""
    cookies = client.cookies.copy()
    more = {} if body is None else {"data": body, "content_type": "application/json"}
    with transaction.atomic():
        response = client.generic(method, path, **more)
        transaction.set_rollback(True)
    client.cookies = cookies
    response.close()
    return letter_of(response, method, path)


def letter_of(response, method, path):
    """Return the letter of a response."""
    status = response.status_code
    if status == 500:
        raise AssertionError(f"{method} {path} answers {status}")
    if 300 <= status < 400 and re.search(r"/(accounts|admin)/login/", response["Location"]):
        return LOGIN
    return BY_STATUS.get(status, YES)


@cache
def dialect_routes():
    """Return the routes of the dialects, by the registry."""
    return {route for route, _ in walk(registry.patterns("urlpatterns"))}


def group_of(route):
    """Return the group of a route."""
    if route.startswith("admin/"):
        return "admin"
    return "dialects" if route in dialect_routes() else "pages"


def is_only_read(name):
    """Tell whether an address is only asked with GET: forms of the administration have the permission of their page."""
    method, route = name.split(" ", 1)
    return method == "POST" and route.startswith("admin/") and not route.endswith("_this/")


def rows_of(table):
    """Yield ("METHOD route", name of the class) of a table of rows "METHOD+METHOD:route"."""
    for name, rows in table.items():
        for row in rows.split():
            methods, _, route = row.partition(":")
            for method in methods.split("+"):
                yield f"{method} {route.replace(EMPTY, '')}", name


EMPTY = "(root)"


def expected(group):
    """Return {"METHOD route": letters} of a group."""
    rows = dict(rows_of(access.TABLES[group]))
    for line in access.MODELS.strip().split("\n") if group == "admin" else ():
        model, *letters = line.split()
        for page, letter in zip(access.MODEL_PAGES.values(), letters, strict=True):
            rows[f"GET admin/{model}/{page}"] = access.ADMIN_CLASSES[letter]
    return {row: access.CLASSES[name] for row, name in rows.items()}
