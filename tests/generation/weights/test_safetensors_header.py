"""Pickles are refused unopened, and so are files that are cut off."""

import pickle
import zipfile

import pytest

from generation.errors import GenerationError
from generation.weights.checkpoint_inspection import inspect
from generation.weights.sources import CheckpointSource


def file(path):
    return CheckpointSource("it", "file", str(path))


def refused(source):
    with pytest.raises(GenerationError) as caught:
        inspect(source)
    return caught.value


def test_a_pickle_is_refused_by_its_content(tmp_path):
    path = tmp_path / "model.safetensors"
    for protocol in range(2, 6):
        path.write_bytes(pickle.dumps({"weights": [1.0]}, protocol=protocol))
        assert "pickle" in refused(file(path)).message
    with zipfile.ZipFile(path, "w") as archive:  # what torch.save writes
        archive.writestr("archive/data.pkl", pickle.dumps({}))
    assert "pickle" in refused(file(path)).message


def test_a_pickle_is_never_opened(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    (tmp_path / "trap.safetensors").write_bytes(pickle.dumps(Trap()))
    refused(file(tmp_path / "trap.safetensors"))
    assert not (tmp_path / "sprung").exists()


def test_a_file_that_is_cut_off_is_refused(checkpoints, tmp_path):
    whole = (checkpoints["sd-file"].path).read_bytes()
    for kept in (0, 5, 8, 1000, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.safetensors").write_bytes(whole[:kept])
        error = refused(file(tmp_path / "cut.safetensors"))
        assert error.code == "checkpoint_invalid"
        assert "fetch it again" in error.message
