"""What can be read of the image, of compose.yaml and of the pinned packages without a container engine."""

import re

import pytest
import yaml
from packaging.requirements import Requirement

from sdsite import env
from sdsite.server import install
from tests.support.site import ROOT

SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
OWN = {name: service for name, service in SERVICES.items() if "build" in service}


def pins():
    """Return name -> (version, hashes) of the lock file; the versions of several platforms count as one set."""
    found = {}
    blocks = re.split(r"\n(?=[a-z])", (ROOT / "requirements.lock").read_text().partition("\n")[2])
    for block in blocks:
        match = re.match(r"([a-z0-9._-]+)==(\S+)", block)
        if match:
            versions, hashes = found.setdefault(match[1], (set(), []))
            versions.add(match[2])
            hashes.append(block.count("--hash=sha256:"))
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_hardened(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert not service.get("privileged")
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("name", OWN)
def test_every_setting_reaches_the_sites_containers(name):
    service = OWN[name]
    assert service["env_file"] == [{"path": ".env", "required": False}]
    assert set(service["environment"]) <= {variable.name for variable in env.VARIABLES}
    assert {"DATABASE_URL", "REDIS_URL", "SDSITE_DATA"} == set(service["environment"])


@pytest.mark.parametrize("name", OWN)
def test_files_are_private(name):
    assert service_command(name).startswith("umask 077 && ")


def service_command(name):
    shell, flag, command = OWN[name]["command"]
    assert (shell, flag) == ("sh", "-c")
    return command


def test_the_queue_has_a_password_that_the_site_uses():
    assert "requirepass" in SERVICES["queue"]["command"][2]
    assert all(":${VALKEY_PASSWORD:?" in service["environment"]["REDIS_URL"] for service in OWN.values())


def test_the_image_believes_no_header_and_installs_what_is_pinned():
    text = (ROOT / "Dockerfile").read_text()
    assert "--proxy-headers" not in text
    assert text.index("--require-hashes -r requirements.lock") < text.index("-r torch.txt")
    assert re.search(r"^USER sdsite$", text, re.MULTILINE)


def test_every_requirement_is_pinned_with_hashes():
    pinned = pins()
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    wanted = [Requirement(line) for line in lines if line and not line.startswith("#")]
    for one in wanted:
        if one.name == "torch":
            continue
        versions, _ = pinned[one.name.lower()]
        assert all(one.specifier.contains(version) for version in versions), one
    assert all(min(hashes) > 0 for _, hashes in pinned.values())
    assert not [name for name in pinned if name in ("torch", "torchvision", "triton") or name.startswith("nvidia")]


def test_what_is_pinned_is_installed_first_and_unresolved(tmp_path, monkeypatch):
    steps = []

    class Done:
        returncode = 0

    monkeypatch.setattr(install.subprocess, "run", lambda command, **options: steps.append(command) or Done())
    files = [ROOT / "requirements.lock", ROOT / "requirements.txt"]
    install.install(tmp_path, files)
    words = [" ".join(step[step.index("install") + 1 + len(install.PIP_OPTIONS) :]) for step in steps]
    assert words[0] == f"--no-deps --require-hashes -r {files[0]}"
    assert words[1].startswith("torch==")
    assert words[2] == f"-r {files[1]}"
