"""`supportpolicy new plugin`: the example under another name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from supportpolicy.cli import run
from supportpolicy.cli.new_plugin import renamed, template_files, template_folder

ROOT = Path(__file__).parents[2]


def test_it_writes_the_example_under_the_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["new", "plugin", "acme-desk"]) == 0
    out, err = capsys.readouterr()
    project = Path("supportpolicy-acme-desk")
    assert out.splitlines() == sorted(str(path) for path in project.rglob("*") if path.is_file())
    assert "next: `cd supportpolicy-acme-desk`, `pip install -e '.[test]'`" in err
    settings = (project / "pyproject.toml").read_text()
    assert 'name = "supportpolicy-acme-desk"' in settings
    assert 'acme-desk = "supportpolicy_acme_desk"' in settings
    assert (project / "src" / "supportpolicy_acme_desk" / "py.typed").read_bytes() == b""


def test_nothing_of_the_example_is_left_but_its_word() -> None:
    """`example=` is a field of a rule kind's record."""
    for path in template_files(template_folder()):
        text = renamed(f"{path}\n{(template_folder() / path).read_text()}", "acme")
        left = [line for line in text.splitlines() if "example" in line.lower() and path.name != "LICENSE"]
        assert [line for line in left if not line.strip().startswith("example=")] == [], path


def test_what_is_written_is_clean_python(tmp_path: Path) -> None:
    assert run(["new", "plugin", "acme", "--dir", str(tmp_path)]) == 0
    done = subprocess.run(
        [Path(sys.executable).parent / "ruff", "check", "--no-cache", "."],
        cwd=tmp_path / "supportpolicy-acme",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_a_plugin_that_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "supportpolicy-acme").mkdir()
    assert run(["new", "plugin", "acme", "--dir", str(tmp_path)]) == 2
    assert "supportpolicy-acme: exists; expected a folder that is not there yet" in capsys.readouterr().err
    assert list((tmp_path / "supportpolicy-acme").iterdir()) == []


def test_the_prefix_may_be_given(tmp_path: Path) -> None:
    assert run(["new", "plugin", "supportpolicy-acme", "--dir", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["supportpolicy-acme"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Acme", "did you mean 'acme'?"),
        ("acme_desk", "did you mean 'acme-desk'?"),
        ("acme desk", "did you mean 'acme-desk'?"),
        ("2acme", "did you mean 'acme'?"),
        ("../acme", "did you mean 'acme'?"),
        ("acme--desk", "did you mean 'acme-desk'?"),
        ("supportpolicy-", ""),
        ("日本", ""),
        ("a" * 41, ""),
    ],
)
def test_a_name_that_cannot_be_is_refused(
    name: str, hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["new", "plugin", name, "--dir", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert "is no name for a plugin; expected kebab-case that begins with a letter" in err
    assert hint in err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert run(["new", "plugin", "acme", "--dir", str(tmp_path / "file")]) == 2
    assert "cannot be written (Not a directory)" in capsys.readouterr().err
