"""The use case: compile, open, run, report. No printing, no exit."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import BinaryIO, Final, Literal

from supportpolicy.compiler.calendars import versions as calendar_versions
from supportpolicy.compiler.head import revision_head
from supportpolicy.compiler.mapping import Mapping, compile_mapping
from supportpolicy.compiler.plan import compile_plan
from supportpolicy.compiler.policy import Policy, compile_policy
from supportpolicy.document import Document, parse_document, read_document
from supportpolicy.document.headings import Kind, kind_of, meant_as, yaml_files
from supportpolicy.errors import (
    DocumentError,
    Place,
    Problem,
    UsageError,
    did_you_mean,
)
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import Nowhere
from supportpolicy.model.cell import Reason
from supportpolicy.model.finding import UNDATED, Input, Totals
from supportpolicy.model.instant import Instant
from supportpolicy.model.objective import Standing
from supportpolicy.model.period import Period
from supportpolicy.model.verdict import OnFail, Party
from supportpolicy.model.zone import tzdata_version
from supportpolicy.plugin import Head, Progress, Registry, Report, RunOptions, Scan, Source
from supportpolicy.plugin.records import (
    ColumnWriter,
    ExitCode,
    ReportOptions,
    Run,
)
from supportpolicy.sources.locations import resolve
from supportpolicy.sources.mistaken import mistaken

_LARGE: Final = 8_000_000
"""Bytes."""

FailOn = Literal["provider", "customer", "any", "none"]


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """What to audit. Names are file names as typed; `tables` maps a lookup table's name to its file."""

    policy: str
    exports: tuple[str, ...]
    source: str | None = None
    mapping: str | None = None
    tables: Dict[str, str] = field(default_factory=dict)
    as_of: Instant | None = None
    exported_at: Instant | None = None
    engine: str = "auto"
    include: Literal["findings", "open", "all"] = "findings"
    ticket: str | None = None
    period: Period | None = None
    by: tuple[str, ...] = ()
    memory_limit: int | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """When the exit code is not 0: violations by `fail_on`, more rejected rows or unknown verdicts than allowed, nothing
    judged, another number of tickets than expected."""

    fail_on: FailOn = "provider"
    max_rejected: int = 0
    max_unknown: int = 0
    allow_empty: bool = False
    expect_tickets: int | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """Where one report goes."""

    report: Report
    stream: BinaryIO
    options: ReportOptions = field(default_factory=ReportOptions)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A compiled audit whose inputs are open. `missing_tables` are lookup tables that the mapping joins and nobody
    gave, with the fields that they would give."""

    policy: Policy
    mapping: Mapping | None
    source: Source
    plan: Plan
    tables: Dict[str, Scan]
    inputs: tuple[Input, ...]
    missing_tables: Dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an audit came to."""

    head: Head
    totals: Totals
    exit: ExitCode


def load_policy(name: str, registry: Registry) -> Policy:
    """The policy in a file, or all its revisions in a folder; raises DocumentError with every problem."""
    documents: list[Document] = []
    problems: list[Problem] = []
    path = Path(name)
    for file in yaml_files(name):
        try:
            document = read_document(file, str(file))
        except DocumentError as error:
            problems.extend(error.problems)
            continue
        if not path.is_dir():
            meant_as(Kind.POLICY, document)
        elif kind_of(document) is not Kind.POLICY:
            continue
        documents.append(document)
    if problems:
        raise DocumentError(*problems)
    if not documents:
        raise DocumentError(
            Problem(
                "there is no policy in this folder", Place(name), expected="a file that begins with `supportpolicy: 1`"
            )
        )
    return compile_policy(documents, registry.rule_kinds)


def load_mapping(name: str, registry: Registry) -> Mapping:
    """The mapping in a file; raises DocumentError with every problem."""
    return compile_mapping(meant_as(Kind.MAPPING, read_document(Path(name), name)), registry.sources)


def prepare(request: AuditRequest, registry: Registry) -> Prepared:
    """Compile the policy and the mapping, open the inputs, make the plan. Raises before the first row is read."""
    policy = load_policy(request.policy, registry)
    mapping = load_mapping(request.mapping, registry) if request.mapping is not None else None
    source = _source(request, mapping, registry)
    if mapping is None and source.mapping is not None:
        mapping = compile_mapping(
            parse_document(source.mapping().encode(), f"<mapping of source {source.name}>"), registry.sources
        )
    if mapping is None and not source.canonical:
        raise UsageError(
            Problem(
                f"the source {source.name!r} needs a mapping: its columns are not those of a canonical ticket",
                expected="--mapping FILE",
                hint=f"`supportpolicy new mapping {' '.join(request.exports)}` proposes one",
            )
        )
    _known_tables(request, mapping)
    snapshot = source.open(request.exports, mapping.options if mapping else {}, "tickets")
    tables, inputs = dict(snapshot.tables), [*snapshot.inputs]
    for name, file in request.tables.items():
        opened = table_source(file, registry).open((file,), {}, name)
        tables.update(opened.tables)
        inputs.extend(opened.inputs)
    plan = compile_plan(policy, mapping, {name: scan.columns for name, scan in tables.items()}, request.by)
    plan = replace(plan, horizon=plan.horizon or snapshot.horizon)
    joined = mapping.joined if mapping else {}
    missing = {name: fields for name, fields in joined.items() if name not in tables}
    return Prepared(policy, mapping, source, plan, tables, tuple(inputs), missing)


def _source(request: AuditRequest, mapping: Mapping | None, registry: Registry) -> Source:
    if request.source is not None:
        if mapping is not None and mapping.source != request.source:
            raise UsageError(
                Problem(
                    f"--source {request.source} differs from the mapping's source {mapping.source!r}",
                    mapping.root.place("source", "name"),
                    hint="leave --source out",
                )
            )
        return registry.source(request.source)
    if mapping is not None:
        return registry.source(mapping.source)
    return detect(request.exports[0], registry)


def detect(name: str, registry: Registry) -> Source:
    """The source that recognises the input most certainly; raises UsageError where none does."""
    if name == "-":
        raise UsageError(
            Problem(
                "standard input is not looked into",
                expected="--source NAME",
                hint="--source jsonl for canonical tickets",
            )
        )
    glance = resolve((name,))[0].probe()
    found = [(hit.certainty, s) for s in registry.sources.values() if (hit := s.detect(glance)) is not None]
    if not found:
        expected = f"--source with one of {', '.join(registry.sources)}"
        if wrong := mistaken(name, glance.head, expected):
            raise UsageError(wrong)
        failed = "; ".join(f"plugin {p.name} ({p.distribution}) failed to load: {p.error}" for p in registry.failed)
        raise UsageError(
            Problem(
                "no source recognises this input",
                Place(name),
                expected=expected,
                hint=failed,
            )
        )
    return max(found, key=lambda pair: (pair[0], pair[1].name))[1]


def table_source(file: str, registry: Registry) -> Source:
    """The source that reads the file of a lookup table."""
    glance = resolve((file,))[0].probe()
    for name in ("jsonl", "parquet"):
        if registry.sources[name].detect(glance) is not None:
            return registry.sources[name]
    return registry.sources["csv"]


def _known_tables(request: AuditRequest, mapping: Mapping | None) -> None:
    joined = mapping.joined if mapping else {}
    problems = [
        Problem(
            f"--table {name}=...: the mapping joins no table of that name",
            expected=f"one of {', '.join(joined)}" if joined else "no --table",
            hint=did_you_mean(name, joined),
        )
        for name in request.tables
        if name not in joined
    ]
    if problems:
        raise UsageError(*problems)


def unseen(_rows: int) -> None:
    """Progress that nobody watches."""


# --- running ----------------------------------------------------------------------------------------------------------
def start(
    prepared: Prepared,
    request: AuditRequest,
    registry: Registry,
    progress: Progress,
    *,
    items: bool = True,
    columns: bool = False,
) -> tuple[Head, Run]:
    """Begin the run: the audit instant is known and the head of the reports is whole, the findings are still to come, one
    by one, as columns, or both."""
    engine = registry.engine(_chosen(prepared) if request.engine == "auto" else request.engine)
    options = replace(_options(request), items=items, columns=columns)
    running = engine.run(prepared.plan, prepared.tables, options, progress)
    return _head(prepared, request, registry, running), running


def _options(request: AuditRequest) -> RunOptions:
    return RunOptions(
        request.include,
        request.ticket,
        request.as_of,
        request.exported_at,
        request.period,
        request.by,
        memory_limit=request.memory_limit,
        threads=request.threads,
    )


def script(request: AuditRequest, registry: Registry, progress: Progress = unseen) -> str:
    """The statements that a database would run for the audit. Raises SupportPolicyError where the engine has none for it."""
    engines = [e.name for e in registry.engines.values() if e.script is not None]
    chosen = request.engine if request.engine != "auto" else next(iter(engines), "reference")
    engine, prepared = registry.engine(chosen), prepare(request, registry)
    if engine.script is None:
        raise UsageError(
            Problem(
                f"--show-sql: the engine {engine.name!r} runs no statements",
                expected=f"--engine with one of {', '.join(engines)}",
            )
        )
    return engine.script(prepared.plan, prepared.tables, _options(request), progress)


def _chosen(prepared: Prepared) -> str:
    """The engine for `auto`: starting DuckDB pays from some 8 MB on."""
    return "duckdb" if sum(file.size for file in prepared.inputs) >= _LARGE else "reference"


def audit(
    request: AuditRequest,
    registry: Registry,
    outputs: Sequence[Output] = (),
    gate: Gate | None = None,
    progress: Progress = unseen,
) -> Outcome:
    """Audit and write the reports. Raises SupportPolicyError where the request, a document or an input is wrong."""
    prepared, gate = prepare(request, registry), gate or Gate()
    columnar = [output.report.columnar for output in outputs]
    head, running = start(prepared, request, registry, progress, items=not all(columnar), columns=any(columnar))
    try:
        head = replace(head, expected_tickets=gate.expect_tickets)
        writers = [output.report.open(head, output.stream, output.options) for output in outputs]
        for writer in writers:
            if running.findings is not None and isinstance(writer, ColumnWriter):
                writer.columns(running.findings)
        for batch in running.batches:
            for writer in writers:
                writer.batch(batch)
        totals = running.totals()
        code = exit_code(prepared, totals, gate)
        for writer in writers:
            writer.close(totals, code)
    finally:
        running.close()
    return Outcome(head, totals, code)


def exit_code(prepared: Prepared, totals: Totals, gate: Gate) -> ExitCode:
    """The exit code of a finished run and every code that applied, the weightiest first."""
    why: list[tuple[int, str]] = []
    wrong = [t.file for t in totals.tallies if not t.adds_up]
    if wrong:
        why.append((3, f"the totals of {', '.join(wrong)} do not add up: the file changed while it was read"))
    if totals.formed != totals.judged + sum(totals.excluded.values()):
        why.append((3, f"tickets formed ({totals.formed}) are not judged ({totals.judged}) plus excluded"))
    if gate.expect_tickets not in (None, totals.formed):
        why.append(
            (
                3,
                f"{_number(totals.formed, 'ticket')} formed where {gate.expect_tickets:,} are expected (--expect-tickets)",
            )
        )
    rejected = sum(t.rejected for t in totals.tallies)
    if rejected > gate.max_rejected:
        why.append((3, f"{_number(rejected, 'row')} could not be read (--max-rejected {gate.max_rejected})"))
    if not totals.judged and not gate.allow_empty:
        undated = f" ({UNDATED})" if UNDATED in totals.excluded else ""
        why.append((3, f"no ticket was judged{undated}"))
    for party in _parties(gate.fail_on):
        broken = _violations(prepared, totals, party)
        if broken:
            why.append((1, f"{_number(broken, 'violation')} by the {party.value} (--fail-on {gate.fail_on})"))
        missed = _missed(prepared, totals, party)
        if missed:
            why.append((1, f"missed objectives of the {party.value}: {missed} (--fail-on {gate.fail_on})"))
    unknown, unrecorded = _unknowns(prepared, totals)
    if unknown > gate.max_unknown:
        beside = f" beside {unrecorded:,} for want of what the source does not record" if unrecorded else ""
        why.append((4, f"{_number(unknown, 'verdict')} unknown{beside} (--max-unknown {gate.max_unknown})"))
    return ExitCode(why[0][0] if why else 0, tuple(why))


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _parties(fail_on: FailOn) -> tuple[Party, ...]:
    return {"provider": (Party.PROVIDER,), "customer": (Party.CUSTOMER,), "any": tuple(Party), "none": ()}[fail_on]


def _violations(prepared: Prepared, totals: Totals, party: Party) -> int:
    return sum(
        totals.rules[revision.label, rule.id].failed
        for revision in prepared.plan.revisions
        for rule in revision.rules
        if rule.on_fail is OnFail.VIOLATION and rule.party is party
    )


def _missed(prepared: Prepared, totals: Totals, party: Party) -> str:
    """The objectives that the party missed, with how many times; empty where there is none."""
    missed: dict[str, int] = {}
    for revision in prepared.plan.revisions:
        for one in revision.objectives:
            times = totals.objectives[revision.label, one.id].standings[Standing.MISSED]
            if one.party is party and times:
                missed[one.id] = missed.get(one.id, 0) + times
    return ", ".join(f"{name} ({_number(times, 'time')})" for name, times in missed.items())


def _unknowns(prepared: Prepared, totals: Totals) -> tuple[int, int]:
    """Unknown verdicts of all rules but notes, apart from those for want of a field that the mapping says is not recorded;
    and the number of those."""
    declared = {f.name for f in prepared.plan.fields if isinstance(f.origin, Nowhere) and f.origin.declared}
    counted = unrecorded = 0
    for revision in prepared.plan.revisions:
        for rule in revision.rules:
            if rule.on_fail is not OnFail.NOTE:
                for (name, reason), tickets in totals.rules[revision.label, rule.id].unknown_by.items():
                    if reason is Reason.MISSING and name in declared:
                        unrecorded += tickets
                    else:
                        counted += tickets
    return counted, unrecorded


# --- provenance -------------------------------------------------------------------------------------------------------
def _head(prepared: Prepared, request: AuditRequest, registry: Registry, running: Run) -> Head:
    mapping, nowhere = prepared.mapping, [f for f in prepared.plan.fields if isinstance(f.origin, Nowhere)]
    asked = {
        name
        for revision in prepared.plan.revisions
        for name, index in revision.facts.items()
        if prepared.plan.fields[index] in nowhere
    }
    declared = {f.name for f in nowhere if isinstance(f.origin, Nowhere) and f.origin.declared}
    return Head(
        policy_id=prepared.policy.id,
        policy_title=prepared.policy.title,
        revisions=tuple(revision_head(revision) for revision in prepared.policy.revisions),
        source=prepared.source.name,
        mapping=_mapping_input(mapping),
        mapping_assumed=mapping.assumed if mapping else {},
        inputs=prepared.inputs,
        instant=running.instant,
        not_recorded=tuple(sorted(declared & asked)),
        absent=tuple(sorted(asked - declared)),
        missing_tables=prepared.missing_tables,
        versions=_versions(prepared, registry),
        include=request.include,
        period=request.period,
        by=request.by,
    )


def _mapping_input(mapping: Mapping | None) -> Input | None:
    if mapping is None:
        return None
    return Input(mapping.document.name, "mapping", mapping.document.size, mapping.document.sha256)


def _versions(prepared: Prepared, registry: Registry) -> dict[str, str]:
    """The tool, the data it judges by, and the plugins that took part."""
    kinds = {rule.kind for revision in prepared.plan.revisions for rule in revision.rules}
    parts = [f"source {prepared.source.name}", *(f"rule {kind}" for kind in sorted(kinds))]
    versions = {
        "supportpolicy": version(),
        "tzdata": tzdata_version(),
        "language-tags": metadata.version("language-tags"),
    }
    if any(revision.calendars for revision in prepared.plan.revisions):
        versions |= calendar_versions()
    for part in parts:
        name, _, number = registry.origins.get(part, "").rpartition(" ")
        if name:
            versions[name] = number
    return versions


def version() -> str:
    """The version of this package."""
    return metadata.version("supportpolicy")
