"""Forms nest by brackets or by JSON."""

import pytest
from django.http import QueryDict

from sdsite.api.compat.openai.multipart import read_values


@pytest.mark.parametrize(
    ("form", "values"),
    [
        ("prompt=[a]&n=2&user=", {"prompt": "[a]", "n": "2"}),
        ("styles[]=ink&styles[]=wash", {"styles": ["ink", "wash"]}),
        ("preview[every]=2&preview[size]=64", {"preview": {"every": "2", "size": "64"}}),
        (
            "loras[][name]=a&loras[][name]=b&loras[][weight]=1",
            {"loras": [{"name": "a", "weight": "1"}, {"name": "b"}]},
        ),
        ('loras=[{"name": "a"}]&preview={"every": 2}', {"loras": [{"name": "a"}], "preview": {"every": 2}}),
        ("grid[axes][]=x", {"grid": {"axes": ["x"]}}),
        ("seed=1&seed[a]=2", {"seed": {"a": "2"}}),
        ("steps={broken", {"steps": "{broken"}),
        ("a.b=1", {"a.b": "1"}),
    ],
)
def test_forms_nest_by_brackets_or_by_json(form, values):
    assert read_values(QueryDict(form)) == values
