"""Wildcards: collected with those they name, read from files."""

from generation.parameters.prompts import collect, names_in, parse_lines

ANIMALS = {"animals/cats": ["lion", "3::tiger"], "animal": ["__animals/cats__", "{big|small} fox"], "empty": []}


def test_wildcards_are_collected_with_those_they_name():
    read = []

    def shelf(names):
        read.append(names)
        return {name: ANIMALS[name] for name in names if name in ANIMALS}

    found = collect(["a __Animal__ and __nobody__", r"\__empty__"], shelf)
    assert found == {name: ANIMALS[name] for name in ("animal", "animals/cats")}
    assert read == [["animal", "nobody"], ["animals/cats"]]
    assert names_in("__a__b__ __x.y/z-1__") == ["a", "x.y/z-1"]


def test_a_wildcard_file_has_comments_and_empty_lines():
    assert parse_lines("# cats\nlion\n\n  tiger \r\n#x") == ["lion", "tiger"]
