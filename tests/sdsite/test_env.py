"""The table of environment variables and its documentation."""

import logging
import re

import pytest
from environs import Env

from sdsite import env
from tests.support.site import ROOT

NAMES = [variable.name for variable in env.VARIABLES]


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
