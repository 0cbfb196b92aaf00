"""Settings of the test run: the site's own, on a temporary data folder and untouched by the caller's environment."""

import os
import sys
import tempfile

from sdsite import env

for variable in env.VARIABLES:
    if variable.name != "DATABASE_URL":
        os.environ.pop(variable.name, None)
os.environ["SDSITE_DATA"] = tempfile.mkdtemp(prefix="sdsite-tests-")
os.environ["SDSITE_ENV_FILE"] = os.devnull  # a developer's .env is not the tests'
os.environ["SDSITE_DEVICE"] = "cpu"
os.environ["SDSITE_DIALECTS"] = "openai,sdapi,stability,comfyui,mcp,simple"  # those that are off by default, too
os.environ["SDSITE_WEB_SECONDS"] = "0"  # many tests act for one user in a minute
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Without files of bytecode, each of some hundred processes would compile the whole site, and each run all tests.
if "SDSITE_MUTANTS" not in os.environ:  # whose files change in one second
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False

from sdsite.settings import *  # noqa: E402, F403
from sdsite.settings import DATA_DIR, DATABASES, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Where processes that the tests start look for it.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "sdsite.sqlite3")}
# Pages name static files without a manifest, so that tests need no collectstatic.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# Or each of the thousands of test clients would look at every static file that a site of this folder has collected.
SERVESTATIC_USE_STATIC_ROOT = False
PASSWORD_HASHERS = [  # the real one costs half a second a user
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
