"""`manage.py up` refuses a data folder or a port in use."""

from tests.support.up_process import manage


def test_a_second_site_on_the_same_folder_is_refused(up):
    second = manage(up.data, "up", "--no-browser", "--port", up.port + 1)
    assert second.returncode == 1
    assert f"A site runs on {up.data} already (process {up.process.pid})" in second.stderr
    assert "Traceback" not in second.stderr
    assert up.status("/healthz") == 200


def test_a_taken_port_is_refused(up, tmp_path):
    second = manage(tmp_path / "other", "up", "--no-browser", "--port", up.port)
    assert second.returncode == 1
    assert second.stderr.strip().splitlines() == [
        f"CommandError: Port {up.port} is taken; choose another: make run PORT={up.port + 1}, "
        f"or manage.py up --port {up.port + 1}."
    ]
