"""The pages and queries that are measured, by name; a request is a path, or None where its rows do not exist."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from gallery.models import Collection, Image
from sdsite.accounts.models import User
from sdsite.devtools.bench.gallery.fill import word

FREQUENT, SECOND, RARE = word(0), word(1), word(4000)
SEARCHES = {
    "one frequent word": f'"{FREQUENT}"',
    "one rare word": f'"{RARE}"',
    "two words": f'{FREQUENT} "{SECOND}"',
    "prefix": word(2)[:3],
    "minus": f'"{FREQUENT}" -{SECOND}',
    "phrase": f'"{FREQUENT} {SECOND}"',
}


@dataclass(frozen=True)
class Measured:
    """One request: who makes it does not matter, administrators see the same library."""

    name: str
    path: str


def requests(owner: User) -> list[Measured]:
    """Return what is measured, with ids of rows of `owner`."""
    own = Image.objects.owned_by(owner).kept()
    middle = own.order_by("-created_at")[own.count() // 2]
    collection = Collection.objects.owned_by(owner).earliest("folded")
    day = middle.created_at.date().isoformat()
    rows = [
        Measured("library page", _page("library")),
        *(Measured(f"library page, {name}", _page("library", q=q)) for name, q in SEARCHES.items()),
        Measured("image page", _page("image", middle.pk)),
        Measured("collections page", _page("collections")),
        Measured("collection page", _page("collection", collection.pk)),
        *(Measured(f"{name} page", path) for name in ("trash", "explore") if (path := _page(name))),
        Measured("tiles, first 500", _api("images/tiles", limit=500)),
        Measured("tiles, from the middle", _api("images/tiles", limit=500, start=middle.pk)),
        Measured("tiles, jump to a day", _api("images/tiles", limit=500, before=day)),
        Measured("tiles, by rating", _api("images/tiles", limit=500, order="rating")),
        *(Measured(f"tiles, {name}", _api("images/tiles", limit=500, q=q)) for name, q in SEARCHES.items()),
        Measured("tiles, a tag", _api("images/tiles", limit=500, tag="tag 7")),
        Measured("tiles, a LoRA", _api("images/tiles", limit=500, lora="style-7")),
        Measured("tiles, a collection", _api("images/tiles", limit=500, collection=collection.pk)),
        Measured("tiles, a checkpoint", _api("images/tiles", limit=500, checkpoint="pony")),
        Measured("tiles, similar to one", _api("images/tiles", limit=500, similar=middle.pk)),
        Measured("timeline by day", _api("images/timeline", tz="Europe/Berlin")),
        Measured("timeline of a search", _api("images/timeline", tz="Europe/Berlin", q=f'"{FREQUENT}"')),
        Measured("facets", _api("images/facets")),
        *(Measured(f"facets, {name}", _api("images/facets", q=q)) for name, q in SEARCHES.items()),
        Measured("API list", _api("images", limit=100)),
        Measured("API search", _api("images", limit=100, q=f'{FREQUENT} "{SECOND}"')),
        Measured("API tags", _api("tags")),
        Measured("API collections", _api("collections")),
        Measured("API trash", _api("trash")),
        Measured("API count", _api("images/count")),
        Measured("public images", _api("images/tiles", limit=500, scope="public")),
        Measured("public images, two words", _api("images/tiles", limit=500, scope="public", q=SEARCHES["two words"])),
        Measured("public images, similar to one", _api("images/tiles", limit=500, scope="public", similar=middle.pk)),
        Measured("admin images", _page("admin:gallery_image_changelist")),
        Measured("admin images, search", _page("admin:gallery_image_changelist", q=f"{FREQUENT} {SECOND}")),
        Measured("admin tags", _page("admin:gallery_imagetag_changelist")),
        Measured("admin dashboard", _page("admin:index")),
    ]
    return [row for row in rows if row.path]


def _page(name: str, *keys: object, **query: object) -> str:
    try:
        address = reverse(name, args=keys)
    except NoReverseMatch:
        return ""
    return _with(address, query)


def _api(path: str, **query: object) -> str:
    return _with(f"/api/v1/{path}", query)


def _with(path: str, query: Mapping[str, object]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
