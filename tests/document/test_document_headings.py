"""Which kind of document a file says it is, and files that were taken for one of another kind."""

from __future__ import annotations

import pytest

from supportpolicy.audit import load_mapping, load_policy
from supportpolicy.errors import DocumentError
from supportpolicy.plugin.registry import installed

HEADINGS = {
    "policy.yaml": "supportpolicy: 1\n",
    "mapping.yaml": "# of the export\nsupportpolicy-mapping: 1\n",
    "tests.yaml": "supportpolicy-tests: 1\n",
    "calendars.yaml": "supportpolicy-calendars: 1\n",
    "notes.yaml": "notes: 1\n",
}


@pytest.mark.parametrize(
    ("load", "name", "says"),
    [
        (
            load_policy,
            "mapping.yaml",
            "mapping.yaml:2:1: this is a mapping; expected a policy, a file that begins with",
        ),
        (load_policy, "tests.yaml", "tests.yaml:1:1: this is a file of tests; expected a policy"),
        (load_mapping, "policy.yaml", "policy.yaml:1:1: this is a policy; expected a mapping, a file that begins with"),
        (load_mapping, "calendars.yaml", "calendars.yaml:1:1: this is a calendar file; expected a mapping"),
        (load_policy, "notes.yaml", "notes.yaml:1:1: the key 'supportpolicy' is missing"),
    ],
)
def test_a_file_of_another_kind_is_told_as_such(tmp_path, monkeypatch, load, name, says):
    """And not by each of its keys."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(HEADINGS[name])
    with pytest.raises(DocumentError) as caught:
        load(name, installed())
    assert str(caught.value.problems[0]).startswith(says)
    assert len(caught.value.problems) == 1 or name == "notes.yaml"


def test_a_folder_may_hold_files_of_other_kinds_but_needs_a_policy(tmp_path):
    for name, heading in HEADINGS.items():
        if name != "policy.yaml":
            (tmp_path / name).write_text(heading)
    with pytest.raises(DocumentError, match="there is no policy in this folder"):
        load_policy(str(tmp_path), installed())
