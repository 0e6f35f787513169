"""`supportpolicy test`."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from supportpolicy.cli.talk import explain_exit, say
from supportpolicy.document.headings import Kind
from supportpolicy.errors import Place, Problem, UsageError
from supportpolicy.model.finding import Finding
from supportpolicy.model.text import printable
from supportpolicy.plugin.records import ExitCode
from supportpolicy.plugin.registry import installed
from supportpolicy.reports.evidence import told, told_by_clock
from supportpolicy.testing.case import CaseResult, Result
from supportpolicy.testing.collection import collect
from supportpolicy.testing.loading import Policies, load_tests
from supportpolicy.testing.running import run_tests

_WIDEST: Final = 100


@click.command("test")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("-k", "named", default="", metavar="TEXT", help="Only the cases whose name contains TEXT.")
@click.option("-v", "--verbose", is_flag=True, help="List every case, those as expected too.")
def COMMAND(paths: tuple[str, ...], named: str, verbose: bool) -> int:  # noqa: N802 - the name by which the group finds it
    """Run policies' own tests.

    A PATH is a file, or a folder with all YAML files in and below it; the folder policies, or this one, if none is given.
    Tests without `policy:` are about the policy in their folder. Exit codes: 0 all as expected, 1 not, 2 a document is
    wrong or there is no test.
    """
    paths = paths or ("policies" if Path("policies").is_dir() else ".",)
    collection = collect(paths)
    loaded = load_tests(collection, Policies(installed().rule_kinds))
    problems = [p for unread in collection.unread if unread.kind in (Kind.TESTS, None) for p in unread.problems]
    problems = list(dict.fromkeys([*problems, *loaded.problems]))
    cases = []
    for tests in loaded.tests:
        results = list(run_tests(tests, named))
        _list(tests.document.name, results, verbose)
        cases.extend(results)
    if not cases and not problems:
        raise UsageError(_none(paths, named, [name for tests in loaded.tests for name in tests.cases]))
    for problem in sorted(problems, key=lambda p: p.place or Place("")):
        say(str(problem))
    if cases:
        click.echo(_summary(cases))
    why = []
    if problems:
        why.append((2, _number(len(problems), "problem")))
    if wrong := sum(not case.met for case in cases):
        why.append((1, f"{_number(wrong, 'case')} not as expected"))
    if why:
        explain_exit(ExitCode(why[0][0], tuple(why)))
    return why[0][0] if why else 0


def _none(paths: Sequence[str], named: str, names: Sequence[str]) -> Problem:
    if names:
        return Problem(f"no case's name contains {named!r}", expected="a part of a name", hint="-v lists all cases")
    return Problem(
        f"there is no test in {', '.join(paths)}",
        expected="a .yaml file that begins with `supportpolicy-tests: 1`",
        hint="`supportpolicy new test` writes one",
    )


# --- what is shown ----------------------------------------------------------------------------------------------------
def _list(name: str, cases: Sequence[CaseResult], verbose: bool) -> None:
    """The failed expectations of one document; with `verbose` its cases too."""
    if verbose and cases:
        click.echo(printable(name))
    for case in cases:
        if verbose:
            wrong = sum(not result.met for result in case.results)
            state = f"{wrong} not" if wrong else "ok"
            note = f"  {case.case.note}" if case.case.note else ""
            click.echo(printable(f"  {state:<6} {case.case.name}{note}"))
        for result in case.results:
            if not result.met:
                _tell(case, result, "    " if verbose else "")


def _tell(case: CaseResult, result: Result, indent: str) -> None:
    inherited = result.expected is not None and result.expected.case != result.case
    click.echo(printable(f"{indent}{case.case.place if inherited else result.place}: {result.case}"))
    of = f"{result.rule}: " if result.rule else ""
    source = f" (as {result.expected.case} does)" if inherited and result.expected is not None else ""
    _wrapped(f"{of}expected {result.wanted}{source}, got {result.got}", indent + "    ")
    if result.because is not None and (why := _why(result, result.because)):
        _wrapped(why, indent + "    ")


def _why(result: Result, because: Finding) -> str:
    """The values that led there; of another rule with its name."""
    text = told(because)
    if text and because.reason is not None and not told_by_clock(because):
        text = f"{because.field} {text}"
    return f"{because.rule}: {because.verdict.value}; {text}" if because.rule != result.rule and text else text


def _wrapped(text: str, indent: str) -> None:
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    for line in textwrap.wrap(
        printable(text), width, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False
    ):
        click.echo(line)


def _summary(cases: Sequence[CaseResult]) -> str:
    verdicts = [result for case in cases for result in case.results]
    wrong = sum(not result.met for result in verdicts)
    many = f"{_number(len(cases), 'case')}, {_number(len(verdicts), 'verdict')}"
    if not wrong:
        return f"{many}: all as expected"
    return f"{many}: {wrong:,} not as expected, in {_number(sum(not case.met for case in cases), 'case')}"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
