"""The table of families in the documents."""

from generation.families import FAMILIES
from generation.families.document import BEGIN, END, PAGE, table, update


def test_the_page_has_the_table_of_the_records():
    shown = PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0].strip()
    assert shown == table(), "run python -m generation.families.document"
    assert all(f"| `{key}` |" in shown for key in FAMILIES)


def test_a_page_is_brought_up_to_them(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    assert update(page)
    assert table() in page.read_text()
    assert page.read_text().endswith(f"{END}\nafter\n")
    assert not update(page)
