"""The socket of a long data path, and the bundles of collected files."""

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage

from sdsite import storage
from tests.sdsite.conftest import Server


def test_a_long_path_gets_a_short_socket(tmp_path):
    server = Server(tmp_path / ("long" * 30))
    assert len(str(server.socket)) < storage.SOCKET_PATH_BYTES
    try:
        assert server.start()
    finally:
        server.end()


def test_scripts_of_pages_are_bundled_when_files_are_collected(tmp_path, settings):
    settings.STATIC_ROOT = str(tmp_path / "collected")
    source = FileSystemStorage(tmp_path / "source")
    texts = {
        "js/pages/page.js": 'import { a } from "../lib/a.js";\nimport("../lib/later.js").then(() => a);\n',
        "js/lib/a.js": "export const a = 1;\n",
        "js/lib/later.js": 'import { a } from "./a.js";\nexport const b = a;\n',
        "js/pages/broken.js": 'import { a } from "../lib/a.js";\nexport let b = a;\n',
        "css/site.css": '@import "a.css";\n',
        "css/a.css": "a { color: red }\n",
    }
    paths = {name: (source, name) for name in texts}
    collected = storage.StaticStorage(settings.STATIC_ROOT, "/static/")
    for name, text in texts.items():
        source.save(name, ContentFile(text))
        collected.save(name, ContentFile(text))
    hashed = {name: new for name, new, _ in collected.post_process(paths) if not new.endswith(".gz")}
    page, site, broken = (
        (tmp_path / "collected" / hashed[name]).read_text()
        for name in ("js/pages/page.js", "css/site.css", "js/pages/broken.js")
    )
    assert "a = 1" in page
    assert f'import("../lib/{hashed["js/lib/later.js"].rpartition("/")[2]}")' in page
    assert site.startswith("a { color: red }")
    assert broken.startswith("import { a } from")  # works without a bundle


def test_modules_that_name_types_of_each_other_settle(tmp_path, settings):
    settings.STATIC_ROOT = str(tmp_path / "collected")
    texts = {
        "js/lib/a.js": 'import { b } from "./b.js";\nexport const a = b;\n',
        "js/lib/b.js": '/** @type {import("./a.js").A} */\nexport const b = 1;\n',
    }
    collected = storage.StaticStorage(settings.STATIC_ROOT, "/static/")
    for name, text in texts.items():
        collected.save(name, ContentFile(text))
    done = list(collected.post_process({name: (collected, name) for name in texts}))
    assert [failed for _, _, failed in done if isinstance(failed, Exception)] == []
