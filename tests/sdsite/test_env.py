"""The table of environment variables and its documentation."""

import logging
import os
import re

import pytest
from django.core.exceptions import ImproperlyConfigured
from environs import Env

from sdsite import env
from tests.support.site import ROOT

NAMES = env.NAMES


def test_the_example_file_holds_every_variable_and_no_other():
    lines = (ROOT / ".env.example").read_text().splitlines()
    assert re.findall(r"^#([A-Z_]+)=", "\n".join(lines), re.MULTILINE) == NAMES


def test_the_example_file_says_what_the_table_says():
    text = (ROOT / ".env.example").read_text()
    for variable in env.VARIABLES:
        assert f"# {variable.meaning}\n#{variable.name}=" in text


def test_the_documentation_holds_every_variable_and_no_other():
    text = (ROOT / "docs" / "configuration.md").read_text()
    assert re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE) == NAMES


@pytest.mark.parametrize("source", [".env.example", "docs/configuration.md"])
def test_written_defaults_are_the_real_ones(source, monkeypatch):
    text = (ROOT / source).read_text()
    pattern = r"^#{}=(.*)$" if source == ".env.example" else r"^\| `{}` \| `?(.*?)`? \|"
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    defaults = env.read()
    for name in NAMES:
        written = re.search(pattern.format(name), text, re.MULTILINE).group(1).removesuffix("empty")
        if written:
            monkeypatch.setenv(name, written)
    # A default is taken as it stands, a written level becomes logging's number for it.
    defaults["SDSITE_LOG_LEVEL"] = logging.getLevelName(defaults["SDSITE_LOG_LEVEL"])
    assert env.read() == defaults


def test_all_wrong_values_are_named_at_once(monkeypatch):
    monkeypatch.setenv("SDSITE_DEBUG", "perhaps")
    monkeypatch.setenv("SDSITE_MODEL_MEMORY_GB", "plenty")
    with pytest.raises(env.EnvValidationError, match=r"SDSITE_DEBUG.*SDSITE_MODEL_MEMORY_GB"):
        env.read(Env(eager=False))


@pytest.fixture
def environ(monkeypatch):
    """The environment of a process that has read no settings yet; restored in the end."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SDSITE_")}
    monkeypatch.setattr(os, "environ", clean)
    return clean


def write(folder, text):
    (folder / ".env").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_the_file_beside_manage_py_fills_the_environment_and_what_stands_there_wins(tmp_path, environ):
    environ |= {"SDSITE_SAFETY": "nudenet", "REDIS_URL": ""}
    text = "# ours\nSDSITE_SAFETY=none\r\nexport SDSITE_SIGNUP=on # open\nHF_TOKEN='a b$HOME#c'\nREDIS_URL=redis://x\n"
    read = env.load_dotenv(write(tmp_path, b"\xef\xbb\xbf" + text.encode()))
    assert read.path == tmp_path / ".env"
    assert read.names == ("SDSITE_SAFETY", "SDSITE_SIGNUP", "HF_TOKEN", "REDIS_URL")
    assert environ["SDSITE_SAFETY"] == "nudenet"
    assert environ["REDIS_URL"] == ""
    assert environ["HF_TOKEN"] == "a b$HOME#c"
    assert env.read(Env(eager=False))["SDSITE_SIGNUP"] == "on"


def test_another_file_can_be_named_and_none(tmp_path, environ):
    write(tmp_path, "SDSITE_SIGNUP=on\n")
    environ["SDSITE_ENV_FILE"] = os.devnull
    assert env.load_dotenv(tmp_path) == env.EnvFile()
    environ["SDSITE_ENV_FILE"] = str(tmp_path / "other")
    with pytest.raises(ImproperlyConfigured, match="other, which does not exist"):
        env.load_dotenv(tmp_path)
    (tmp_path / "other").write_text("SDSITE_DEBUG=on\n")
    assert env.load_dotenv(tmp_path).names == ("SDSITE_DEBUG",)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("SDSITE_SIGNUP=on\n\nSDSITE_SAFETY nudenet\n", "Line 3 of .*.env cannot be read; write NAME=value"),
        ("SDSITE_SIGNUP\nX='open\n", "Line 1, 2 of"),
        (b"HF_TOKEN=\xff\xfe", "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, environ, content, sentence):
    with pytest.raises(ImproperlyConfigured, match=sentence):
        env.load_dotenv(write(tmp_path, content))


def test_the_example_file_can_be_used_as_it_is_and_with_each_line_switched_on(tmp_path, environ):
    lines = re.sub(r"^#([A-Z_]+=)", r"\1", (ROOT / ".env.example").read_text(), flags=re.MULTILINE)
    defaults = env.read(Env(eager=False))
    names = env.load_dotenv(write(tmp_path, lines)).names
    assert list(names) == NAMES
    assert env.read(Env(eager=False)) | {"SDSITE_LOG_LEVEL": "INFO"} == defaults | {"SDSITE_LOG_LEVEL": "INFO"}


def test_an_empty_value_is_the_default_but_no_dialect(environ):
    defaults = env.read(Env(eager=False))
    environ |= dict.fromkeys(NAMES, "")
    assert env.read(Env(eager=False)) == defaults | {"SDSITE_DIALECTS": []}


def test_unknown_names_are_named_with_the_nearest():
    said = env.unknown_names(["SDSITE_SAFTEY", "SDSITE_XYZZY", "SDSITE_SIGNUP", "SIGNUP", "PATH"], of_file=False)
    assert said == [
        "SDSITE_SAFTEY is not a setting of the site; did you mean SDSITE_SAFETY?",
        "SDSITE_XYZZY is not a setting of the site.",
    ]
    said = env.unknown_names(["SIGNUP", "DATABSE_URL", "POSTGRES_PASSWORD", "PORT"], of_file=True)
    assert [sentence.split("; ")[1] for sentence in said] == [
        "did you mean DATABASE_URL?",
        "did you mean SDSITE_SIGNUP?",
    ]
