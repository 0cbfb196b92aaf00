from sdsite.set_aside import set_aside, set_aside_unless_folder


def test_a_damaged_file_stays_beside_the_new_one(tmp_path):
    damaged = tmp_path / "secret_key"
    damaged.write_bytes(b"\xff")
    aside = set_aside(damaged)
    assert not damaged.exists()
    assert aside.read_bytes() == b"\xff"
    assert aside.parent == tmp_path


def test_only_what_is_no_folder_gets_out_of_its_way(tmp_path):
    file, folder, link = (tmp_path / name for name in ("file", "folder", "link"))
    file.write_text("x")
    folder.mkdir()
    link.symlink_to(tmp_path / "nowhere")
    for path in (file, folder, link, tmp_path / "missing"):
        set_aside_unless_folder(path)
    assert sorted(path.name.partition(".")[0] for path in tmp_path.iterdir()) == ["file", "folder", "link"]
    assert folder.is_dir()
    assert not file.exists()
    assert not link.is_symlink()
