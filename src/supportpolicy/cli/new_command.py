"""`supportpolicy new`: things to begin with."""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import click

from supportpolicy.audit import load_policy
from supportpolicy.cli.talk import say
from supportpolicy.errors import Place, Problem, UsageError
from supportpolicy.plugin.registry import installed

_ELSEWHERE: Final = {"plugin": "supportpolicy.cli.new_plugin"}
"""Commands of the group that have a module of their own, loaded when they are asked for."""

_FORCE: Final = click.option("--force", is_flag=True, help="Overwrite files that exist.")


class _News(click.Group):
    """The commands below, and those that stand elsewhere."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        elsewhere = [name for name, module in _ELSEWHERE.items() if find_spec(module) is not None]
        return [*super().list_commands(ctx), *elsewhere]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _ELSEWHERE.get(cmd_name)
        if module is None or find_spec(module) is None:
            return super().get_command(ctx, cmd_name)
        command: click.Command = import_module(module).COMMAND
        return command


@click.group("new", cls=_News)
def COMMAND() -> None:  # noqa: N802 - the name by which the group finds it
    """Write a new policy, test, mapping or plugin to begin with."""


# --- mapping ----------------------------------------------------------------------------------------------------------
@COMMAND.command("mapping")
@click.argument("exports", nargs=-1, required=True, metavar="EXPORT...")
@click.option("--policy", metavar="PATH", help="Place what this policy asks for, in its words.")
@click.option("--source", metavar="NAME", help="Read the export with this source.")
@click.option("-o", "file", metavar="FILE", help="Write to this file instead of stdout.")
@_FORCE
def _mapping(exports: tuple[str, ...], policy: str | None, source: str | None, file: str | None, force: bool) -> int:
    """Propose a mapping for an EXPORT from the names and values of its columns.

    The whole export is read. What is written runs as it is; what it had to assume stands in it under `assumed`, what it
    could not place at its end. What was placed, guessed and left is said on stderr.
    """
    from supportpolicy.proposing import propose

    if file is not None:
        _writable(Path(file), force)
    proposal = propose(exports, installed(), source, policy)
    _write(proposal.text, file)
    for line in proposal.talk:
        say(line)
    return 0


# --- test -------------------------------------------------------------------------------------------------------------
@COMMAND.command("test")
@click.argument("policy", metavar="POLICY")
@click.option("-o", "file", metavar="FILE", help="Write to this file instead of stdout.")
@_FORCE
def _test(policy: str, file: str | None, force: bool) -> int:
    """Write tests of a POLICY to begin with: one made-up ticket with the verdict of every rule.

    The verdicts are what the tool gives today; hold each against the text of the policy before you keep it.
    """
    from supportpolicy.proposing.cases import tests_skeleton

    if file is not None:
        _writable(Path(file), force)
    text = tests_skeleton(load_policy(policy, installed()), _path_to(Path(policy), file))
    _write(text, file)
    return 0


def _path_to(policy: Path, file: str | None) -> str:
    """The way from the tests to the policy; empty where a folder holds both. On stdout they are taken to stand beside
    it."""
    folder = policy if policy.is_dir() else policy.parent
    tests = Path(file).parent if file is not None else folder
    if policy.is_dir() and tests.resolve() == policy.resolve():
        return ""
    return Path(os.path.relpath(policy.resolve(), tests.resolve())).as_posix()


# --- policy -----------------------------------------------------------------------------------------------------------
@COMMAND.command("policy")
@click.argument("name", metavar="NAME")
@click.option("--dir", "folder", default=".", metavar="DIR", help="Where the policy's folder goes. [default: here]")
@_FORCE
def _policy(name: str, folder: str, force: bool) -> int:
    """Write a policy to begin with, and its tests, into a folder called NAME.

    Both pass `supportpolicy check` and `supportpolicy test` as they are.
    """
    from supportpolicy.proposing.starter import starter

    if not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name):
        raise UsageError(Problem(f"{name!r} is no id of a policy", expected="kebab-case, such as acme-support"))
    place = Path(folder) / name
    texts = {place / file: text for file, text in starter(name).items()}
    for path in texts:
        _writable(path, force)
    for path, text in texts.items():
        _write(text, str(path))
    click.echo("\n".join(str(path) for path in texts))
    say(f"next: `supportpolicy check {place}`, `supportpolicy test {place}`")
    return 0


# --- files ------------------------------------------------------------------------------------------------------------
def _writable(path: Path, force: bool) -> None:
    if path.is_dir():
        raise UsageError(Problem("is a folder", Place(str(path)), expected="the name of a file"))
    if path.exists() and not force:
        raise UsageError(Problem("exists", Place(str(path)), expected="a new file", hint="--force overwrites it"))


def _write(text: str, file: str | None) -> None:
    if file is None:
        sys.stdout.write(text)
        return
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(Problem(f"cannot be written ({error.strerror})", Place(file))) from error
