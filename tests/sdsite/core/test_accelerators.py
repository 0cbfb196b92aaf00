"""What is known of a machine's accelerators without torch, and which of them a worker sees."""

import pytest

from sdsite.core.accelerators import (
    Machine,
    NoSuchDevice,
    allocator,
    idle_card,
    own_device,
    place,
    read_machine,
    torch_build,
)

TWO = Machine(nvidia=2)


def version_file(folder, cuda="None", hip="None"):
    path = folder / "version.py"
    path.write_text(f"from typing import Optional\ncuda: Optional[str] = {cuda}\nhip: Optional[str] = {hip}\n")
    return path


def test_cards_are_counted_by_what_their_drivers_show(tmp_path):
    dev, topology = tmp_path / "dev", tmp_path / "nodes"
    dev.mkdir()
    assert read_machine(dev, topology) == Machine()
    for name in ("nvidia0", "nvidia3", "nvidiactl", "nvidia-uvm"):
        (dev / name).touch()
    assert read_machine(dev, topology) == Machine(nvidia=2)


def test_processors_of_amd_are_no_cards(tmp_path):
    (tmp_path / "kfd").touch()
    assert read_machine(tmp_path, tmp_path / "nodes") == Machine(amd=1)
    for node, gpu in enumerate(("0", "51234", "51235")):
        (tmp_path / "nodes" / str(node)).mkdir(parents=True)
        (tmp_path / "nodes" / str(node) / "gpu_id").write_text(f"{gpu}\n")
    assert read_machine(tmp_path, tmp_path / "nodes") == Machine(amd=2)


@pytest.mark.parametrize(
    ("cuda", "hip", "build"), [("None", "None", "cpu"), ("'12.8'", "None", "cuda"), ("None", "'6.4.1'", "rocm")]
)
def test_the_build_of_torch_is_read_without_importing_it(tmp_path, cuda, hip, build):
    assert torch_build(version_file(tmp_path, cuda, hip)) == build


def test_the_installed_torch_has_a_build():
    import torch

    expected = "rocm" if torch.version.hip else "cuda" if torch.version.cuda else "cpu"
    assert torch_build() == expected


def test_a_torch_that_is_not_there_has_none(tmp_path):
    assert torch_build(tmp_path / "version.py") == ""


@pytest.mark.parametrize("wanted", ["", "auto", "cuda", "cuda:0,cuda:1"])
def test_a_card_that_a_cpu_build_leaves_idle_is_named(wanted):
    assert "accelerator of NVIDIA" in idle_card(wanted, "cpu", Machine(nvidia=1))
    assert "build of torch for ROCm" in idle_card(wanted, "cpu", Machine(amd=1))


@pytest.mark.parametrize(
    ("wanted", "build", "machine"),
    [("cpu", "cpu", TWO), ("", "cuda", TWO), ("", "cpu", Machine()), ("", "", TWO), ("cpu, cpu", "cpu", TWO)],
)
def test_nothing_is_said_where_no_card_is_left_idle(wanted, build, machine):
    assert idle_card(wanted, build, machine) == ""


@pytest.mark.parametrize(
    ("name", "environ", "expected"),
    [
        ("", {}, {"SDSITE_DEVICE": ""}),
        ("auto", {}, {"SDSITE_DEVICE": ""}),
        ("cpu", {"CUDA_VISIBLE_DEVICES": "1"}, {"SDSITE_DEVICE": "cpu"}),
        ("mps", {}, {"SDSITE_DEVICE": "mps"}),
        ("cuda", {}, {"SDSITE_DEVICE": "cuda:0", "CUDA_VISIBLE_DEVICES": "0"}),
        ("cuda:1", {}, {"SDSITE_DEVICE": "cuda:0", "CUDA_VISIBLE_DEVICES": "1"}),
        ("cuda:1", {"CUDA_VISIBLE_DEVICES": "3, 5"}, {"SDSITE_DEVICE": "cuda:0", "CUDA_VISIBLE_DEVICES": "5"}),
        (
            "cuda:1",
            {"CUDA_VISIBLE_DEVICES": "MIG-aaaa,MIG-bbbb"},
            {"SDSITE_DEVICE": "cuda:0", "CUDA_VISIBLE_DEVICES": "MIG-bbbb"},
        ),
    ],
)
def test_a_worker_sees_its_own_accelerator_alone(name, environ, expected):
    assert own_device(name, environ, "cuda", TWO) == expected


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "1"),
        ({"HIP_VISIBLE_DEVICES": "4,6"}, "6"),
        ({"CUDA_VISIBLE_DEVICES": "2,3"}, "3"),
        ({"ROCR_VISIBLE_DEVICES": "GPU-x,GPU-y"}, "1"),
    ],
)
def test_rocm_has_a_variable_of_its_own(environ, expected):
    assert own_device("cuda:1", environ, "rocm", Machine(amd=2))["HIP_VISIBLE_DEVICES"] == expected


@pytest.mark.parametrize(
    ("environ", "there"),
    [
        ({}, "cuda:0, cuda:1, cpu"),
        ({"CUDA_VISIBLE_DEVICES": "1"}, "cuda:0, cpu"),
        ({"CUDA_VISIBLE_DEVICES": ""}, "cpu"),
        ({"CUDA_VISIBLE_DEVICES": "0,-1,1"}, "cuda:0, cpu"),
    ],
)
def test_a_card_that_is_not_there_is_refused_in_one_sentence(environ, there):
    with pytest.raises(NoSuchDevice) as refused:
        own_device("cuda:9", environ, "cuda", TWO)
    assert str(refused.value) == f"SDSITE_DEVICE=cuda:9: this machine has {there}."


def test_where_nothing_tells_the_number_of_cards_the_worker_looks_itself():
    assert own_device("cuda:1", {}, "cuda", Machine()) == {"SDSITE_DEVICE": "cuda:1"}


def test_two_cards_of_a_machine_are_two_places():
    places = {place("cuda:0", {"CUDA_VISIBLE_DEVICES": str(number)}) for number in range(2)}
    assert len(places | {place("", {}), place("cuda:0", {})}) == 4


def test_the_allocator_is_set_unless_it_is():
    assert allocator({}) == {"PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True"}
    assert allocator({"PYTORCH_ALLOC_CONF": "max_split_size_mb:128"}) == {}
