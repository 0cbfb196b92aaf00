"""The check of the documents: it finds what is stale, and the project's own documents are clean."""

import pytest

from sdsite.devtools import docs_check

MAKEFILE = "run:  ## Bring up the site\n"


@pytest.fixture
def project(tmp_path):
    """A project of one module, one command, one make target and an empty README."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "generation" / "management" / "commands").mkdir(parents=True)
    (tmp_path / "generation" / "limits.py").write_text("def limits_for(): ...\n")
    (tmp_path / "generation" / "management" / "commands" / "reap_jobs.py").write_text("")
    (tmp_path / "Makefile").write_text(MAKEFILE)
    return tmp_path


def say(project, text):
    (project / "README.md").write_text(text)
    return docs_check.problems(project)


def test_the_projects_own_documents_are_clean():
    assert docs_check.problems() == []


@pytest.mark.parametrize(
    "text",
    [
        "See `generation/limits.py`, `generation.limits.limits_for` and `generation.limits`.",
        "`manage.py reap_jobs`, `manage.py migrate`, `make run`, `generation.view_job`",
        "# How to\n\n[up](#how-to), [away](https://example.org/x.md)",
    ],
)
def test_what_exists_is_no_problem(project, text):
    assert say(project, text) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("See `generation/quota.py`.", "generation/quota.py: there is no such file"),
        ("See `generation.limits.roles`.", "generation.limits.roles: there is no such module or name"),
        ("Run `manage.py conjure`.", "manage.py conjure: there is no such command"),
        ("Run `make magic`.", "make magic: there is no such target"),
        ("```sh\nmake magic\n```", "make magic: there is no such target"),
        ("`python -m generation.magic`", "python -m generation.magic: no such module"),
        ("[there](docs/none.md)", "link to docs/none.md: there is no such file"),
        ("[there](#nowhere)", "link to #nowhere: there is no such heading"),
    ],
)
def test_what_is_stale_is_named_with_its_document(project, text, problem):
    assert f"README.md: {problem}" in say(project, text)


def test_a_guide_that_no_document_links_to_is_named(project):
    (project / "docs" / "lost.md").write_text("# Lost\n")
    assert say(project, "") == ["docs/lost.md: no document links to it"]


def test_decisions_have_numbers_of_their_own(project):
    decisions = project / "docs" / "decisions"
    decisions.mkdir()
    for name, title in (("0007-one.md", "# 7. One"), ("0007-two.md", "# 7. Two"), ("0008-three.md", "# 9. Three")):
        (decisions / name).write_text(f"{title}\n")
    assert say(project, "") == [
        "docs/decisions/0007-two.md: 0007-one.md has the same number",
        "docs/decisions/0008-three.md: its title does not begin with its number",
    ]
