"""`supportpolicy audit`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import click

from supportpolicy.audit import AuditRequest, Gate, audit, script, unseen
from supportpolicy.cli.outputs import opened
from supportpolicy.cli.parameters import INSTANT, PERIOD, SIZE, TABLE, tables
from supportpolicy.cli.talk import explain_exit
from supportpolicy.model.instant import Instant
from supportpolicy.model.period import Period
from supportpolicy.plugin import Progress
from supportpolicy.plugin.registry import installed


@click.command("audit")
@click.argument("exports", nargs=-1, required=True, metavar="EXPORT...")
@click.option("--policy", required=True, metavar="PATH", help="A policy file, or a folder with its revisions.")
@click.option(
    "--source", metavar="NAME", help="Read the export with this source instead of the one that recognises it."
)
@click.option("--mapping", metavar="FILE", help="How the export's columns become tickets.")
@click.option("--table", "table_pairs", multiple=True, type=TABLE, metavar="NAME=FILE", help="A lookup table.")
@click.option("--as-of", type=INSTANT, metavar="T", help="Judge as of this instant; else as of the export's horizon.")
@click.option(
    "--exported-at", type=INSTANT, metavar="T", help="When the export was made: until then its silence counts."
)
@click.option(
    "--period",
    type=PERIOD,
    metavar="FROM/TO",
    help="Judge only what was submitted from FROM until before TO: instants, or dates in UTC; one may be left out.",
)
@click.option(
    "--by", multiple=True, metavar="FIELD", help="Tell the totals by this field, too; repeat for combinations."
)
@click.option("--engine", default="auto", metavar="NAME", show_default=True, help="What runs the plan.")
@click.option(
    "--include",
    type=click.Choice(["findings", "open", "all"]),
    default="findings",
    show_default=True,
    help="findings: violations, notes, unknowns; open: running clocks too; all: every verdict.",
)
@click.option(
    "-o", "outputs", multiple=True, metavar="FORMAT[=PATH]", help="A report; repeat for several. [default: text]"
)
@click.option(
    "--fail-on",
    type=click.Choice(["provider", "customer", "any", "none"]),
    default="provider",
    show_default=True,
    help="Whose violations make the exit code 1.",
)
@click.option(
    "--max-rejected", type=click.IntRange(min=0), default=0, show_default=True, help="Unreadable rows allowed."
)
@click.option(
    "--max-unknown", type=click.IntRange(min=0), default=0, show_default=True, help="Unknown verdicts allowed."
)
@click.option("--allow-empty", is_flag=True, help="An input without a ticket is not an error.")
@click.option(
    "--memory-limit",
    type=SIZE,
    metavar="SIZE",
    help="Memory for the engine's tables, such as 1GiB; the rest goes to disk.",
)
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Threads for the engine; else one per core.")
@click.option("--show-sql", is_flag=True, help="Print the statements of the duckdb engine instead of an audit.")
@click.option("--expect-tickets", type=click.IntRange(min=0), metavar="N", help="How many tickets there must be.")
def COMMAND(  # noqa: N802 - the name by which the group finds it
    exports: tuple[str, ...],
    policy: str,
    source: str | None,
    mapping: str | None,
    table_pairs: tuple[tuple[str, str], ...],
    as_of: Instant | None,
    exported_at: Instant | None,
    engine: str,
    include: Any,
    outputs: tuple[str, ...],
    fail_on: Any,
    max_rejected: int,
    max_unknown: int,
    allow_empty: bool,
    period: Period | None,
    by: tuple[str, ...],
    memory_limit: int | None,
    threads: int | None,
    show_sql: bool,
    expect_tickets: int | None,
) -> int:
    """Judge the tickets of one or more EXPORT files against a policy.

    A JSON lines file of canonical tickets needs no mapping; nor does an export that an installed source recognises. `-`
    reads standard input, globs are expanded, .gz and .zst are unpacked.
    """
    if "-" in exports and as_of is None:
        raise click.UsageError("standard input says nothing of when it was exported; expected --as-of T")
    registry = installed()
    request = AuditRequest(
        policy,
        exports,
        source,
        mapping,
        tables(table_pairs),
        as_of,
        exported_at,
        engine,
        include,
        period=period,
        by=tuple(dict.fromkeys(by)),
        memory_limit=memory_limit,
        threads=threads,
    )
    if show_sql:
        with _progress() as progress:
            statements = script(request, registry, progress)
        click.echo(statements, nl=False)
        return 0
    gate = Gate(fail_on, max_rejected, max_unknown, allow_empty, expect_tickets)
    with opened(outputs or ("text",), registry) as places, _progress() as progress:
        outcome = audit(request, registry, places, gate, progress)
    explain_exit(outcome.exit)
    return outcome.exit.code


_QUIET_ROWS: Final = 50_000
"""A run shorter than this ends before a progress line could be read."""


@contextmanager
def _progress() -> Iterator[Progress]:
    """A counter of rows on stderr, where that is a terminal."""
    if not sys.stderr.isatty():
        yield unseen
        return
    shown = False

    def show(rows: int) -> None:
        nonlocal shown
        if rows >= _QUIET_ROWS:
            shown = True
            click.echo(f"\r{rows:,} rows read", nl=False, err=True)

    try:
        yield show
    finally:
        if shown:
            click.echo("\r" + " " * 40 + "\r", nl=False, err=True)
