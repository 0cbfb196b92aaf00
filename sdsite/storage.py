"""Database, media and socket settings from environment variables, and the storage of static files."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from servestatic.storage import CompressedManifestStaticFilesStorage

from sdsite import static_bundles

logger = logging.getLogger(__name__)

SOCKET_PATH_BYTES = 100  # sun_path holds 108 on Linux, 104 on macOS


# A type of another module in a comment, `import("./grid.js").Grid`, is no import: it may name a module that imports
# this one, and then no pass over the files would be the last.
_NO_TYPE = r"(?!\.(?!then\b))"
_IMPORTS = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Hashed, compressed static files; pages' scripts and style sheets are bundled (`sdsite.static_bundles`)."""

    support_js_module_import_aggregation = True
    # Only in the site's own modules: comments of packages have examples that import files which do not exist.
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        (*_IMPORTS[:-1], (f"{_IMPORTS[-1][0].removesuffix(')')}{_NO_TYPE})", _IMPORTS[-1][1])),
    )
    max_post_process_passes = 30  # each names one more level of modules that import others
    manifest_strict = False  # so that a page renders when a file was added without collectstatic

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Bundle the collected copies, then hash and compress all files."""
        if not dry_run:
            paths = {**paths, **{name: (self, name) for name in self._bundle(paths)}}
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def _bundle(self, paths: dict[str, Any]) -> list[str]:
        """Put a bundle in place of each entry: scripts of pages, those they import later, style sheets; return them."""
        bundled = []
        own = {name: found for name, found in paths.items() if name.startswith(("js/", "css/"))}
        read = {name: storage.open(path).read().decode() for name, (storage, path) in own.items()}
        scripts = {name for name, text in read.items() if name.endswith(".js") and static_bundles.is_module(text)}
        later = {one for name in scripts for one in static_bundles.imported_later(read[name], name)}
        entries = [name for name in scripts if fnmatch(name, "js/pages/*.js")] + sorted(later & scripts)
        for name in sorted({*entries, *(name for name in read if name.endswith(".css"))}):
            make = static_bundles.bundle_style if name.endswith(".css") else static_bundles.bundle_script
            try:
                Path(self.path(name)).write_text(make(name, read.__getitem__))
                bundled.append(name)
            except (static_bundles.CannotBundle, KeyError) as error:
                logger.warning("%s is served without a bundle: %s", name, error)
        return bundled


def socket_path(data_dir: Path) -> Path:
    """Return the path of the embedded Valkey's unix socket: in `data_dir`, or in a private folder with a short path."""
    path = data_dir / "valkey.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_BYTES:
        return path
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"sdsite-{os.getuid()}-{name}" / "valkey.sock"


def database_from_url(url: str) -> dict[str, Any]:
    """Turn a `postgres://` or `sqlite://` URL into a Django database setting.

    Raises:
        ImproperlyConfigured: another scheme.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(f"DATABASE_URL must start with postgres://; got {parts.scheme}://")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def media_backend(setting: str, media_root: Path) -> dict[str, Any]:
    """Return Django's storage setting for images: the local folder, or S3 for `s3://bucket?option=value`.

    Raises:
        ImproperlyConfigured: `setting` is neither empty nor an s3:// URL.
    """
    if not setting:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": str(media_root),
                "base_url": None,
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
    parts = urlsplit(setting)
    if parts.scheme != "s3" or not parts.netloc:
        raise ImproperlyConfigured(f"SDSITE_STORAGE must be empty or s3://bucket; got {setting!r}")
    options = {"bucket_name": parts.netloc, "location": parts.path.lstrip("/"), "default_acl": None}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {**options, **dict(parse_qsl(parts.query))}}
