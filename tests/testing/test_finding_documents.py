"""Which documents the paths stand for, and which policy tests are about."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_policy import FIRST, SECOND, document_text

from supportpolicy.document.headings import Kind
from supportpolicy.plugin.registry import installed
from supportpolicy.testing.collection import Collection, collect
from supportpolicy.testing.loading import LoadedTests, Policies, load_tests

TESTS = document_text("")


def written(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def names(collection: Collection) -> list[str]:
    return [f"{found.kind.name.lower()} {found.document.name}" for found in collection.found]


def loaded(*paths: str) -> LoadedTests:
    return load_tests(collect(paths), Policies(installed().rule_kinds))


def told(found: LoadedTests) -> list[str]:
    return [str(problem) for problem in found.problems]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- what paths stand for ---------------------------------------------------------------------------------------------
def test_a_folder_stands_for_all_in_and_below_it(here: Path) -> None:
    written(here, a__policy=FIRST, a__tests=TESTS, b__c__policy=FIRST, top=TESTS)
    assert names(collect((".",))) == [
        "tests top.yaml",
        "policy a/policy.yaml",
        "tests a/tests.yaml",
        "policy b/c/policy.yaml",
    ]


def test_a_file_comes_once_however_often_it_is_named(here: Path) -> None:
    written(here, a__policy=FIRST, a__tests=TESTS)
    found = collect(("a/tests.yaml", "a", "./a/../a/tests.yaml", "a"))
    assert names(found) == ["tests a/tests.yaml", "policy a/policy.yaml"]
    assert not found.unread


def test_hidden_files_and_folders_and_links_to_folders_are_passed_over(here: Path) -> None:
    written(here, **{"a__policy": FIRST, ".git__policy": FIRST, "a__.hidden": FIRST})
    (here / "a" / "loop").symlink_to(here)
    assert names(collect((".",))) == ["policy a/policy.yaml"]


def test_a_file_of_someone_else_is_skipped(here: Path) -> None:
    written(here, mkdocs="site_name: Docs\n", compose="services: {web: &a {<<: *b}}\n", a__policy=FIRST)
    found = collect((".",))
    assert names(found) == ["policy a/policy.yaml"]
    assert (found.skipped, found.unread) == (("compose.yaml", "mkdocs.yaml"), ())


def test_a_file_of_ours_that_cannot_be_read_is_not_skipped(here: Path) -> None:
    written(here, tests="# about the policy\nsupportpolicy-tests: 1\ncases: {a: {a: 1, a: 2}}\n", policy=FIRST)
    (unread,) = collect((".",)).unread
    assert unread.kind is Kind.TESTS
    assert [str(problem.place) for problem in unread.problems] == ["tests.yaml:3:19"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("supportpolicytests: 1\ncases: {}\n", "did you mean 'supportpolicy-tests'?"),
        ("title: x\nSupport-Policy: 1\n", "did you mean 'supportpolicy'?"),
    ],
)
def test_a_misspelt_heading_is_not_skipped(here: Path, text: str, said: str) -> None:
    written(here, wrong=text)
    (unread,) = collect((".",)).unread
    assert unread.problems[0].hint == said


def test_a_named_file_must_be_ours(here: Path) -> None:
    written(here, mkdocs="site_name: Docs\n")
    (unread,) = collect(("mkdocs.yaml",)).unread
    assert str(unread.problems[0]) == (
        "mkdocs.yaml:1:1: nothing says what kind of document this is; "
        "expected one of `supportpolicy: 1`, `supportpolicy-mapping: 1`, `supportpolicy-tests: 1`, "
        "`supportpolicy-calendars: 1`"
    )


@pytest.mark.parametrize("path", ["gone", "gone.yaml", "nul\0.yaml"])
def test_a_path_that_does_not_exist(path: str) -> None:
    (unread,) = collect((path,)).unread
    assert len(unread.problems) == 1


def test_a_folder_without_a_document_of_ours(here: Path) -> None:
    written(here, empty__mkdocs="site_name: Docs\n")
    (unread,) = collect(("empty",)).unread
    assert str(unread.problems[0]).startswith("empty: there is no policy, mapping or test in this folder; expected ")


# --- the policy that tests are about ----------------------------------------------------------------------------------
def test_the_policy_beside_them_with_all_its_revisions(here: Path) -> None:
    written(here, a__one=FIRST, a__two=SECOND, a__tests=TESTS)
    (tests,) = loaded("a/tests.yaml").tests
    assert [revision.label for revision in tests.policy.revisions] == ["1", "2"]


def test_other_files_beside_them_are_none_of_their_business(here: Path) -> None:
    written(here, policy=FIRST, tests=TESTS, mkdocs="site_name: [", more="supportpolicy-tests: 1\ncases: [")
    assert len(loaded("tests.yaml").tests) == 1


@pytest.mark.parametrize("stated", ["a/one.yaml", "a", "./a/../a"])
def test_the_policy_they_name(here: Path, stated: str) -> None:
    written(here, a__one=FIRST, tests=TESTS.replace("cases:", f"policy: {stated}\ncases:"))
    found = loaded("tests.yaml")
    assert told(found) == []
    assert len(found.tests) == 1


@pytest.mark.parametrize("mark", ["supportpolicy.toml", "pyproject.toml"])
def test_a_policy_above_them_but_within_the_root(here: Path, mark: str) -> None:
    written(here, policy=FIRST, tests__tests=TESTS.replace("cases:", "policy: ../policy.yaml\ncases:"))
    assert "lies outside the root of the policies" in told(loaded("tests"))[0]
    (here / mark).write_text("[tool.supportpolicy]\n")
    assert len(loaded("tests").tests) == 1


def test_a_link_does_not_lead_out_of_the_root(here: Path) -> None:
    written(here, policy=FIRST, tests__tests=TESTS.replace("cases:", "policy: link.yaml\ncases:"))
    (here / "tests" / "link.yaml").symlink_to(here / "policy.yaml")
    assert "lies outside the root of the policies" in told(loaded("tests/tests.yaml"))[0]


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("polcy.yaml", "tests.yaml:2:9: policy: there is no file 'polcy.yaml'\n    did you mean 'policy.yaml'?"),
        (
            "tests.yaml",
            "tests.yaml:2:9: policy: there is no policy; expected a file that begins with `supportpolicy: 1`",
        ),
        ("empty", "tests.yaml:2:9: policy: there is no policy; expected a file that begins with `supportpolicy: 1`"),
    ],
)
def test_a_policy_that_is_none(here: Path, stated: str, said: str) -> None:
    (here / "empty").mkdir()
    written(here, policy=FIRST, tests=TESTS.replace("cases:", f"policy: {stated}\ncases:"))
    assert told(loaded("tests.yaml")) == [said]


def test_an_absolute_path_is_refused(here: Path) -> None:
    written(here, policy=FIRST, tests=TESTS.replace("cases:", f"policy: {here}/policy.yaml\ncases:"))
    assert "lies outside the root of the policies" in told(loaded("tests.yaml"))[0]


def test_no_policy_beside_them(here: Path) -> None:
    written(here, tests=TESTS)
    assert told(loaded("tests.yaml")) == [
        "tests.yaml:1:1: no policy stands beside these tests; expected one in the same folder, or `policy:` with its path "
        "from here"
    ]


def test_what_is_wrong_with_the_tests_is_said_even_if_the_policy_is_wrong_too(here: Path) -> None:
    written(here, policy=FIRST.replace("title:", "titel:"), tests=TESTS + "  other: {form: base}\n")
    assert {text.split(" ")[0] for text in told(loaded("tests.yaml"))} == {
        "tests.yaml:7:11:",
        "policy.yaml:1:1:",
        "policy.yaml:3:1:",
    }
