"""Media files, on a disk and in a storage that has no paths."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, default_storage

from gallery.actions import media_files
from gallery.actions.media_files import files_by_folder, move_file, remove_files, save_files

pytestmark = pytest.mark.usefixtures("own_media")


class RemoteStorage(InMemoryStorage):
    """A storage as those of django-storages are: without paths, with errors of its own."""

    def path(self, name):
        raise NotImplementedError

    def _relative_path(self, name):
        return name

    def _save(self, name, content):
        if name.endswith("refused.png"):
            raise RuntimeError("the bucket does not answer")
        return super()._save(name, content)

    def delete(self, name):
        if name.endswith("refused.png"):
            raise RuntimeError("the bucket does not answer")
        super().delete(name)


@pytest.fixture(params=["disk", "remote"])
def storage(request, settings):
    if request.param == "remote":
        backend = {"BACKEND": f"{__name__}.RemoteStorage"}
        settings.STORAGES = {**settings.STORAGES, "default": backend}


@pytest.mark.usefixtures("storage")
def test_a_file_is_moved_with_its_content():
    name = default_storage.save("images/ab/1.png", ContentFile(b"data"))
    move_file(name, ".removed/2026-01-01/images/ab/1.png")
    assert not default_storage.exists(name)
    with default_storage.open(".removed/2026-01-01/images/ab/1.png") as file:
        assert file.read() == b"data"
    with pytest.raises(OSError, match=r"1\.png"):
        move_file(name, "elsewhere.png")


@pytest.mark.usefixtures("storage")
def test_files_are_listed_by_folder():
    names = save_files({"images/ab/1.png": b"1", "images/ab/2.png": b"2", "images/cd/3.png": b"3"})
    assert sorted(map(sorted, files_by_folder("images"))) == [names[:2], names[2:]]
    assert list(files_by_folder("nowhere")) == []


def test_where_one_file_cannot_be_written_none_stays(tmp_path):
    (tmp_path / "thumbnails").write_text("a file where a folder should be")
    with pytest.raises(OSError, match="thumbnails"):
        save_files({"images/ab/1.png": b"1", "thumbnails/ab/1.webp": b"2"})
    assert list(files_by_folder("images")) == []


def test_a_remote_storage_keeps_its_own_error(settings):
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": f"{__name__}.RemoteStorage"}}
    with pytest.raises(RuntimeError, match="bucket"):
        save_files({"images/ab/1.png": b"1", "images/ab/refused.png": b"2"})
    assert not default_storage.exists("images/ab/1.png")
    remove_files(["images/ab/refused.png"])  # logged, not raised


def test_empty_folders_go_and_others_stay(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "c" / "d").mkdir(parents=True)
    (tmp_path / "c" / "file").write_text("x")
    media_files.remove_empty_folders("a")
    media_files.remove_empty_folders("c")
    assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["c", "file"]
