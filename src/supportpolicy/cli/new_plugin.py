"""`supportpolicy new plugin`: the example plugin under another name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

import click

import supportpolicy
from supportpolicy.cli.talk import say
from supportpolicy.errors import Place, Problem, UsageError

_NAME: Final = re.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PREFIX: Final = "supportpolicy-"
_PARTS: Final = ("LICENSE", "README.md", "pyproject.toml", "src", "tests")
"""What belongs to the template; whatever tools leave beside it in a checkout does not."""


@click.command("plugin")
@click.argument("name", metavar="NAME")
@click.option("--dir", "folder", default=".", metavar="DIR", help="Where the plugin's folder goes. [default: here]")
def COMMAND(name: str, folder: str) -> int:  # noqa: N802 - the name by which the group finds it
    """Write a plugin to begin with: a package supportpolicy-NAME with a rule kind, a source, an engine and a report.

    It can be built and installed as it is, and its tests run the conformance suites.
    """
    name = _checked(name)
    place = Path(folder) / f"{_PREFIX}{name}"
    if place.exists():
        raise UsageError(
            Problem("exists", Place(str(place)), expected="a folder that is not there yet", hint="choose another --dir")
        )
    template = template_folder()
    for path in template_files(template):
        target = place / renamed(path.as_posix(), name)
        _write(target, renamed((template / path).read_text(encoding="utf-8"), name))
        click.echo(str(target))
    say(f"next: `cd {place}`, `pip install -e '.[test]'`, `python -m pytest`, `supportpolicy list sources`")
    say("then keep of the four extensions those that you need; README.md says how")
    return 0


def template_folder() -> Path:
    """Where the template lies: in the package, or for an editable installation in the checkout."""
    package = Path(supportpolicy.__file__).parent
    for folder in (package / "plugin_template", package.parents[1] / "plugins" / "supportpolicy-example"):
        if (folder / "pyproject.toml").is_file():
            return folder
    raise UsageError(
        Problem("this installation of supportpolicy lacks the plugin template", hint="install it again with pip")
    )


def template_files(template: Path) -> Iterator[PurePosixPath]:
    """The files of the template, relative to its folder, in order."""
    for path in sorted(template.rglob("*")):
        relative = path.relative_to(template)
        made = any(
            part == "__pycache__" or part.startswith(".") or part.endswith(".egg-info") for part in relative.parts
        )
        if path.is_file() and relative.parts[0] in _PARTS and not made:
            yield PurePosixPath(relative.as_posix())


def renamed(text: str, name: str) -> str:
    """The text with the example's names replaced: of the distribution, the module, the entry point and the extensions."""
    text = text.replace("supportpolicy-example", f"{_PREFIX}{name}")
    text = text.replace("supportpolicy_example", f"supportpolicy_{name.replace('-', '_')}")
    text = re.sub(r"\bexample-(?=[a-z])", f"{name}-", text)
    return re.sub(r'(?<=")example(?=")|^example(?= = ")', name, text, flags=re.MULTILINE)


def _checked(name: str) -> str:
    bare = name.removeprefix(_PREFIX)
    if not _NAME.fullmatch(bare) or len(bare) > 40:
        near = re.sub("[^a-z0-9]+", "-", bare.lower()).strip("-0123456789")
        raise UsageError(
            Problem(
                f"{name!r} is no name for a plugin",
                expected="kebab-case that begins with a letter, such as acme or acme-desk; the package is then "
                "supportpolicy-acme",
                hint=f"did you mean {near!r}?" if _NAME.fullmatch(near) and len(near) <= 40 else "",
            )
        )
    return bare


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(Problem(f"cannot be written ({error.strerror})", Place(str(path)))) from error
