"""`supportpolicy explain`."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice

import click

from supportpolicy.audit import AuditRequest, Prepared, prepare, start, unseen
from supportpolicy.cli.parameters import INSTANT, TABLE, tables
from supportpolicy.compiler.policy import Policy
from supportpolicy.document import Mapping, Node, Scalar
from supportpolicy.document import Sequence as Listed
from supportpolicy.errors import InputError, Place, Problem, did_you_mean
from supportpolicy.model.finding import Excluded, Finding, Item, Rejected, RowPlace, Totals
from supportpolicy.model.instant import Instant
from supportpolicy.model.text import quoted
from supportpolicy.plugin import Row
from supportpolicy.plugin.records import Head
from supportpolicy.plugin.registry import installed
from supportpolicy.reports.explanation import Explained, explain, explain_exclusion
from supportpolicy.reports.origin import Record
from supportpolicy.reports.page import Page
from supportpolicy.reports.summary import TICKETS


@click.command("explain")
@click.argument("ticket", metavar="TICKET-ID")
@click.argument("exports", nargs=-1, required=True, metavar="EXPORT...")
@click.option("--policy", required=True, metavar="PATH", help="A policy file, or a folder with its revisions.")
@click.option("--source", metavar="NAME", help="Read the export with this source.")
@click.option("--mapping", metavar="FILE", help="How the export's columns become tickets.")
@click.option("--table", "table_pairs", multiple=True, type=TABLE, metavar="NAME=FILE", help="A lookup table.")
@click.option("--as-of", type=INSTANT, metavar="T", help="Judge as of this instant; else as of the export's horizon.")
@click.option("--exported-at", type=INSTANT, metavar="T", help="When the export was made.")
def COMMAND(  # noqa: N802 - the name by which the group finds it
    ticket: str,
    exports: tuple[str, ...],
    policy: str,
    source: str | None,
    mapping: str | None,
    table_pairs: tuple[tuple[str, str], ...],
    as_of: Instant | None,
    exported_at: Instant | None,
) -> int:
    """Say of one ticket what each rule asked, which values it saw and what follows, with every sum worked out.

    Of an id that several records claim all are explained; ID#2 is the second of them. The verdicts do not touch the exit
    code: it is 0 if the ticket could be explained, and 3 if the export does not hold it.
    """
    if "-" in exports and as_of is None:
        raise click.UsageError("standard input says nothing of when it was exported; expected --as-of T")
    registry = installed()
    request = AuditRequest(policy, exports, source, mapping, tables(table_pairs), as_of, exported_at, ticket=ticket)
    prepared = prepare(request, registry)
    head, running = start(prepared, request, registry, unseen)
    items = [item for batch in running.batches for item in batch]
    found = _Found.of(items, ticket, running.totals())
    if not (found.findings or found.excluded):
        raise InputError(_not_found(prepared, found, ticket))
    page = Page(sys.stdout.buffer, *_terminal())
    for number, write in enumerate(_explanations(prepared, head, found)):
        if number:
            page.blank()
            page.line("─" * page.width)
            page.blank()
        write(page)
    sys.stdout.buffer.flush()
    return 0


@dataclass(frozen=True, slots=True)
class _Found:
    """What the run says of the tickets asked for, and the rejected rows that hold the id somewhere."""

    findings: Sequence[Finding]
    excluded: Sequence[Excluded]
    rejected: Sequence[Rejected]
    totals: Totals

    @classmethod
    def of(cls, items: Sequence[Item], ticket: str, totals: Totals) -> _Found:
        claimed = re.compile(re.escape(ticket) + ("(#[0-9]+)?" if ticket in totals.conflicting_ids else ""))
        written = re.compile(rb"(?<![\w-])" + re.escape(ticket.encode("utf-8", "surrogateescape")) + rb"(?![\w-])")
        return cls(
            [item for item in items if isinstance(item, Finding)],
            [item for item in items if isinstance(item, Excluded) and claimed.fullmatch(item.ticket)],
            [
                item
                for item in items
                if isinstance(item, Rejected) and item.table == TICKETS and written.search(item.raw)
            ],
            totals,
        )


# --- what was found ---------------------------------------------------------------------------------------------------
def _explanations(prepared: Prepared, head: Head, found: _Found) -> Iterator[Callable[[Page], None]]:
    plan, terms = prepared.plan, _terms(prepared.policy)
    places = {f.place for f in found.findings if f.place is not None} | {e.place for e in found.excluded}
    records = _records(prepared, places)
    for _, group in groupby(found.findings, key=lambda finding: (finding.ticket, finding.place)):
        findings = tuple(group)
        first = findings[0]
        record = records.get(first.place) if first.place is not None else None
        explained = Explained(first.ticket or "", findings, record, terms[first.revision])
        yield partial(explain, head=head, plan=plan, ticket=explained)
    for excluded in found.excluded:
        record = records.get(excluded.place)
        yield partial(explain_exclusion, head=head, plan=plan, excluded=excluded, record=record)


def _records(prepared: Prepared, places: Set[RowPlace]) -> dict[RowPlace, Record]:
    """The records at these places, read again: findings do not carry the words of the export."""
    scan = prepared.tables[TICKETS]
    found: dict[RowPlace, Record] = {}
    for row in scan.rows():
        if isinstance(row, Row) and row.place in places:
            found[row.place] = Record(row, scan.columns, prepared.plan)
            if len(found) == len(places):
                break
    return found


def _terms(policy: Policy) -> dict[str, dict[str, frozenset[str]]]:
    """For each revision the terms that each rule speaks in, those within other terms too."""
    spoken: dict[str, dict[str, frozenset[str]]] = {}
    for revision in policy.revisions:
        root = revision.document.root
        terms, rules = _entries(root, "terms"), _entries(root, "rules")
        spoken[revision.label] = {
            name: frozenset(_spoken(_entries(rule).get("when"), terms) | _spoken(_entries(rule).get("require"), terms))
            for name, rule in rules.items()
        }
    return spoken


def _entries(node: Node, *keys: str) -> dict[str, Node]:
    for key in keys:
        node = _entries(node).get(key, Scalar("", True, node.place))
    return {name: entry.value for name, entry in node.entries.items()} if isinstance(node, Mapping) else {}


def _spoken(node: Node | None, terms: dict[str, Node]) -> set[str]:
    """The terms in a condition. A value that happens to be called like a term is taken for one, which costs a line."""
    match node:
        case Scalar(text=name) if name in terms:
            return {name} | _spoken(terms[name], {k: v for k, v in terms.items() if k != name})
        case Listed(items=items):
            return set().union(*(_spoken(item, terms) for item in items))
        case Mapping():
            return set().union(*(_spoken(value, terms) for value in _entries(node).values()))
        case _:
            return set()


# --- what was not -----------------------------------------------------------------------------------------------------
def _not_found(prepared: Prepared, found: _Found, ticket: str) -> Problem:
    read = found.totals.formed
    many = f"{read:,} ticket{'' if read == 1 else 's'} read"
    if found.rejected:
        row = found.rejected[0]
        return Problem(
            f"the row that holds {quoted(ticket)} could not be read: {row.reason}",
            Place(row.place.file, row.place.line),
            hint=f"mend the row in the export; it is none of the {many}",
        )
    rejected = sum(tally.rejected for tally in found.totals.tallies if tally.table == TICKETS)
    could_not = f", and {rejected:,} row{'' if rejected == 1 else 's'} could not be read" if rejected else ""
    return Problem(
        f"there is no ticket {quoted(ticket)}: {many}{could_not}",
        Place(prepared.inputs[0].name) if len(prepared.inputs) == 1 else None,
        expected="an id as the export has it, or ID#2 for the second of those that share one",
        hint=did_you_mean(ticket, _similar(ticket, _ids(prepared))),
    )


def _ids(prepared: Prepared) -> Iterator[str]:
    scan, plan = prepared.tables[TICKETS], prepared.plan
    field = plan.fields[plan.facts["id"]]
    for row in scan.rows():
        if isinstance(row, Row):
            cell = Record(row, scan.columns, plan).cell(field)
            if isinstance(cell, str):
                yield cell


def _similar(ticket: str, ids: Iterator[str]) -> list[str]:
    """The ids worth comparing: those that differ by case, begin alike or end alike, for comparing takes its time."""
    most = max(1, len(ticket) - 2)
    lowered = ticket.lower()
    near = (i for i in ids if i.lower().startswith(lowered[:most]) or i.lower().endswith(lowered[-most:]))
    return list(islice(near, 2_000))


def _terminal() -> tuple[int | None, bool]:
    """The width of the terminal that is written to, None for a file or a pipe, and whether to use colour."""
    if not sys.stdout.isatty():
        return None, False
    return shutil.get_terminal_size().columns, "NO_COLOR" not in os.environ
