"""The records that extensions are made of. Each is frozen; none registers itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Final, Literal, Protocol, runtime_checkable

from supportpolicy.document import Section
from supportpolicy.expr.nodes import AsOf, Demand, Limit, Moment, Selection, Truth
from supportpolicy.expr.plan import Plan
from supportpolicy.model.finding import Input, Item, Rejected, Tally, Totals
from supportpolicy.model.instant import Instant
from supportpolicy.model.objective import Aim, Of
from supportpolicy.model.period import Period
from supportpolicy.model.ticket import Fact
from supportpolicy.model.verdict import OnFail, Party
from supportpolicy.plugin.rows import Row

Schema = Mapping[str, Any]
"""A JSON Schema (draft 2020-12) as plain data. `x-expected` beside a `pattern` says in words what it accepts."""


# --- rule kinds -------------------------------------------------------------------------------------------------------
class LoweringContext(Protocol):
    """What a rule kind may ask of the compiler while it lowers one rule. Problems are collected, not raised: each method
    returns something harmless after reporting one."""

    @property
    def rule(self) -> Section:
        """The rule as the policy states it, already conforming to the kind's schema."""

    def condition(self, *keys: str) -> Truth:
        """The condition under `keys` of the rule, terms resolved and types checked."""

    def duty(self, *keys: str, settled_by: str) -> Truth:
        """Like `condition`, but instants that must be present, and events, are waited for until `settled_by` has come."""

    def limit(self, *keys: str) -> Limit:
        """The time limit under `keys`, such as `12h in 24x7`; one of a table or a list of them, by the ticket."""

    def as_of(self, limit: Limit) -> tuple[tuple[str, AsOf], ...]:
        """Of the fields that choose a limit and may have changed, which value counts."""

    def moment(self, *keys: str) -> Moment:
        """The moment under `keys`: an instant of the ticket, or an event such as `last staff_message`."""

    def events(self, *keys: str) -> Selection:
        """The events under `keys`: a kind such as `staff_message`, a mapping from it to the values that they bring or with
        who did it, or a list of such."""

    def calendar(self, *keys: str) -> str:
        """The name under `keys`, of a calendar that states its hours."""

    def fact(self, name: str, *keys: str) -> Fact | None:
        """The declared or built-in field called `name`; a problem at `keys` where there is none."""

    def tokens(self, fact: Fact, *keys: str) -> tuple[str, ...]:
        """The token or list of tokens under `keys`, normalised, each one of the fact's vocabulary."""

    def languages(self, *keys: str) -> tuple[str, ...]:
        """The language range or ranges under `keys`, in normal form."""

    def setting(self, name: str, default: Any) -> Any:
        """A setting of the rule, else of the policy, else `default`."""

    def problem(self, *keys: str, message: str, expected: str = "", hint: str = "") -> None:
        """Report what is wrong with the value under `keys`."""


@dataclass(frozen=True, slots=True)
class RuleKind:
    """A kind of rule.

    `schema` is closed over the kind's own keys; those that every rule has (`kind`, `clause`, `when`, `needs`, `on_fail`,
    `party`, `title`) are added by the compiler. `lower` gives the demand. `example` is one rule in YAML.
    """

    name: str
    summary: str
    schema: Schema
    lower: Callable[[LoweringContext], Demand]
    example: str
    scope: Literal["ticket", "population"] = "ticket"
    on_fail: Callable[[Mapping[str, Any]], OnFail] = field(default=lambda _: OnFail.VIOLATION)
    """The default of `on_fail:`, from the rule's data."""


# --- sources ----------------------------------------------------------------------------------------------------------
class Scan(Protocol):
    """The rows of one table, over one or more files. Can be iterated again and again."""

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The column names in order, or None where each row names its own."""

    def rows(self) -> Iterator[Row | Rejected]:
        """Every record in the order of the files."""

    def tallies(self) -> tuple[Tally, ...]:
        """What was counted while `rows` ran to its end, one per file."""


@dataclass(frozen=True, slots=True)
class RelationFile:
    """The rows of one file of a `Relation`. `sql` is a SELECT in DuckDB's SQL, which depends on no setting of the session:
    `record`, counted from 1 in the order of the file, and the columns of `Relation.texts` and `.instants` by their aliases.
    `name` is the file as `rows` names it, `records` how many it says that it holds. `bare` are those aliases of
    `Relation.whole` whose texts stand bare in the bytes of a row if they have at most 18 digits, as only JSON's numbers and
    booleans do; in another file the same text may be a string."""

    name: str
    sql: str
    records: int
    bare: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """The rows of a scan as a database can read them by itself, file by file; none of them is rejected.

    `texts` gives, for each column of the scan that is plainly scalar, the alias under which its text stands, the text that a
    mapping reads in the cell, or NULL. Other columns (lists, objects) are in `rows` alone; so an engine that needs one of
    them reads those. The bytes of two rows (`Row.raw`) are equal if and only if the rows are equal in `whole`, the aliases
    of all that is in the file. `instants` gives, for columns that hold instants, another alias: the microsecond since 1970
    in UTC that the text means, read without a `format`; NULL where it is no instant.

    A file may turn out to be unreadable only in the middle; whatever error DuckDB then raises, `rows` says it in words and
    with the place. So an engine that meets one reads `rows` instead.
    """

    files: tuple[RelationFile, ...]
    texts: Mapping[str, str]
    whole: tuple[str, ...]
    instants: Mapping[str, str]


class Misread(Exception):  # noqa: N818 - it says what a reader did
    """A reader did not read a file as it should have; nothing that it gave can be used."""


Step = Callable[[Sequence[int], Sequence[int], Sequence[int]], None]
"""Called with the numbers of some rows, from 0 and never falling, and the records and the lines at which they stand, both
from 1, where these are not one more than those of the row before. Of several told for one row the last counts."""


@dataclass(frozen=True, slots=True)
class InPlace:
    """A file on disk of which every record is made of legal fields in UTF-8, below a header of one line, so that another
    reader may read it as it lies. `ambiguous` where it has to begin at the beginning, lest it take text for records.

    `strays` are exceptions: records of one line with quotes within bare fields, which readers may take for text. Of each the
    text of the first column and the columns, from 0, with such a quote. They must not be among the rows.
    """

    path: str
    line_end: Literal["\n", "\r\n"]
    ambiguous: bool
    strays: tuple[tuple[str, tuple[int, ...]], ...] = ()


class DelimitedFile(Protocol):
    """One file of delimited text, for engines that have a reader of their own."""

    @property
    def name(self) -> str:
        """The name as it was typed."""

    @property
    def in_place(self) -> InPlace | str:
        """Where it can be read as it lies, or why it cannot."""

    def check(self, rows: int, faulty: Sequence[int], step: Step) -> Iterator[Rejected]:
        """The rejected rows of a file that was read in place. The reader gave so many rows and left out what begins at the
        bytes `faulty`, in rising order; where that cannot be right, this raises Misread."""

    def copy(self, out: BinaryIO, step: Step) -> Iterator[Rejected]:
        """The rejected rows of a file while the others are written to `out`: in UTF-8, without a header, each line ended by
        a line feed."""

    def raws(self, lines: Iterable[int]) -> Iterator[bytes]:
        """The readable records that begin on these lines, in rising order, byte for byte and without their line ends."""


@dataclass(frozen=True, slots=True)
class DelimitedTable:
    """A table of delimited text. Once its files are read, all of them and each by `check` or `copy`, the scan has its
    tallies."""

    delimiter: str
    files: tuple[DelimitedFile, ...]


@runtime_checkable
class DelimitedScan(Protocol):
    """A scan of delimited text whose bytes an engine may read by itself."""

    @property
    def delimited(self) -> DelimitedTable:
        """Its files."""


MARK: Final = "\x01"
"""Begins what stands for a value that is no plain text (see `ObjectFile`)."""


class ObjectFile(Protocol):
    """One file of objects, each on a line of its own, for engines that have a reader of their own.

    An object is plain if nothing in it can be read in two ways and at each path that is asked for stands a text without NUL,
    `MARK` or half a character, a whole number of at most 18 digits, true, false, null or a list of such texts, or nothing.
    """

    @property
    def name(self) -> str:
        """The name as it was typed."""

    def in_place(self, step: Step) -> Path | str:
        """Where it can be read as it lies, for every line in it is a plain object, or why it cannot."""

    def copy(self, out: BinaryIO, step: Step) -> Iterator[Rejected]:
        """The rejected rows of the file while the others are written to `out`, in UTF-8, a line for each: a plain object as
        it lies, for any other a list of what stands at each path. That is the value as plain objects have it; for a number
        that they cannot have, a text of it as it is written.

        Of any other value, and of a text that begins with `MARK` or holds a NUL, it is a text with `MARK` in front: `MARK`
        alone where nothing stands; before `t` a text as JSON writes it, before `l` a list of texts, before `o` any other
        value as reasons show it."""

    def check(self, rows: int) -> None:
        """Told how many rows there were in the file, or in its copy, this raises Misread where that cannot be right."""

    def raws(self, lines: Iterable[int]) -> Iterator[bytes]:
        """The readable records that begin on these lines, in rising order, byte for byte and without their line ends."""


@runtime_checkable
class ObjectScan(Protocol):
    """A scan of objects whose bytes an engine may read by itself."""

    def objects(self, names: tuple[str, ...]) -> Sequence[ObjectFile]:
        """Its files, read for what stands under those keys or dotted paths of keys. Once each of them is read, by `in_place`
        or by `copy`, the scan has its tallies."""


@runtime_checkable
class NativeScan(Protocol):
    """A scan whose rows a database may read by itself: a fast path that an engine may take where it reads them alike."""

    @property
    def native(self) -> Relation | None:
        """The relation that its rows are; None where they are none, or do not plainly lie on disk."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a source opened: tables by name (`tickets` and any lookup tables), the inputs read, and the last instant at
    which the source's silence is evidence."""

    tables: Mapping[str, Scan]
    inputs: tuple[Input, ...]
    horizon: Instant | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """A glance at an input: its name and at most the first 64 KiB of its (decompressed) bytes."""

    name: str
    head: bytes


@dataclass(frozen=True, slots=True)
class Detected:
    """A source knows this input. The most certain wins (1 to 100); `because` says how it was recognised."""

    certainty: int
    because: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where tickets come from.

    `open(locations, options, table)` gets the names as typed; `options` conform to `schema` and are the keys beside `name`
    in a mapping's `source:`. `mapping` is the text of the mapping that the source brings, None where the user must give
    one or the rows are canonical already.
    """

    name: str
    summary: str
    schema: Schema
    detect: Callable[[Probe], Detected | None]
    open: Callable[[Sequence[str], Mapping[str, Any], str], Snapshot]
    mapping: Callable[[], str] | None = None
    canonical: bool = False
    """Whether rows without a mapping are canonical tickets."""


# --- engines ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class RunOptions:
    """`include`: the verdicts to give findings for, beside violations, notes and unknowns. `ticket`: only findings, of
    every verdict, on the ticket of that id or name. `as_of` and `exported_at` in the user's words, if given.

    `period`: what was certainly not submitted in it is excluded. `by`: the fields, found in the plan's and each revision's
    `facts`, by which judged tickets are grouped in the totals.

    `items`: whether somebody takes findings one by one; without, an engine that gives them as columns may leave them out of
    its batches. `columns`: whether somebody takes them as columns; the run then keeps what it needs for that until it is
    closed.

    `memory_limit` in bytes and `threads` bound what an engine uses that can be bounded; None leaves it to the engine.
    """

    include: Literal["findings", "open", "all"] = "findings"
    ticket: str | None = None
    as_of: Instant | None = None
    exported_at: Instant | None = None
    period: Period | None = None
    by: tuple[str, ...] = ()
    items: bool = True
    columns: bool = False
    memory_limit: int | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class AuditInstant:
    """When the tickets are judged: T = min(as_of, horizon), microseconds. `basis` says where it came from; `warning` is
    empty or says what looks wrong with it."""

    at: int
    as_of: int
    horizon: int | None
    basis: str
    warning: str = ""


class Columnar(Protocol):
    """The findings of a run that has come to the end of its batches, in the same order, to be had as columns."""

    def copy_to(self, path: str, metadata: Mapping[str, str]) -> None:
        """Write them all to the parquet file at `path`, which is there and empty and keeps its place, in the columns of
        `plugin.columns` and with `metadata` in its key-value metadata; see `plugin.columns.copy_statement`."""


def _nothing() -> None:
    """What a run does to close that holds nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run under way: the audit instant is known, `batches` streams what was found, `totals()` is valid after its end.

    `findings` is there if the engine can hand the findings over as columns; it is asked before `close`. Unless
    `RunOptions.columns` is set, nothing is left to close at the end of `batches`.
    """

    instant: AuditInstant | None
    batches: Iterator[Sequence[Item]]
    totals: Callable[[], Totals]
    findings: Columnar | None = None
    close: Callable[[], None] = _nothing


Progress = Callable[[int], None]
"""Called now and then with the number of rows read so far."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What runs a plan over tables. `scopes` are those it can judge. `script` gives the run as statements that its database
    runs by itself, None where there are none."""

    name: str
    summary: str
    run: Callable[[Plan, Mapping[str, Scan], RunOptions, Progress], Run]
    scopes: frozenset[str] = frozenset({"ticket", "population"})
    script: Callable[[Plan, Mapping[str, Scan], RunOptions, Progress], str] | None = None


# --- reports ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ClauseHead:
    """A clause in reports. `unchecked` is the reason, empty where rules cite it."""

    id: str
    section: str
    says: str
    reading: str
    unchecked: str


@dataclass(frozen=True, slots=True)
class RuleHead:
    """A rule in reports: `demand` is its demand in words."""

    id: str
    kind: str
    title: str
    clauses: tuple[str, ...]
    on_fail: OnFail
    party: Party
    demand: str
    revision: str


@dataclass(frozen=True, slots=True)
class ObjectiveHead:
    """An objective in reports: `demand` is what it demands in words, `per` the kind of its periods, empty where it is of the
    whole audit. `rule` is the rule that it counts, empty for a quota; `field` whose values a quota counts, empty where it
    counts tickets; `of` says whether the tickets of a rule count or its clocks."""

    id: str
    title: str
    clauses: tuple[str, ...]
    party: Party
    demand: str
    target: str
    aim: Aim
    rule: str
    field: str
    per: str
    by: tuple[str, ...]
    revision: str
    of: Of = "tickets"


@dataclass(frozen=True, slots=True)
class RevisionHead:
    """A revision of the policy in reports; `file` and `sha256` of the file that states it. `calendars` are the digests of
    those on which its rules are judged, by name (see `StepTable.sha256`)."""

    label: str
    file: str
    sha256: str
    since: str
    until: str
    assumed: Mapping[str, str]
    clauses: tuple[ClauseHead, ...]
    rules: tuple[RuleHead, ...]
    calendars: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    objectives: tuple[ObjectiveHead, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """All of a report's provenance that is known before the first finding. Holds no clock time, duration or engine name:
    the same inputs give the same head."""

    policy_id: str
    policy_title: str
    revisions: tuple[RevisionHead, ...]
    source: str
    mapping: Input | None
    mapping_assumed: Mapping[str, str]
    inputs: tuple[Input, ...]
    instant: AuditInstant | None
    not_recorded: tuple[str, ...]
    absent: tuple[str, ...]
    missing_tables: Mapping[str, tuple[str, ...]]
    """Lookup tables that the mapping joins and nobody gave, with the fields that they would give."""
    versions: Mapping[str, str]
    include: str
    period: Period | None = None
    by: tuple[str, ...] = ()
    expected_tickets: int | None = None
    """How many tickets the user said that there are."""


@dataclass(frozen=True, slots=True)
class ExitCode:
    """The exit code and every code that applied with its reason, most severe first."""

    code: int
    why: tuple[tuple[int, str], ...]


class Writer(Protocol):
    """One report being written. See `ColumnWriter` for one that takes the findings as columns."""

    def batch(self, items: Sequence[Item]) -> None:
        """Take some findings, exclusions and rejected rows."""

    def close(self, totals: Totals, exit_code: ExitCode) -> None:
        """Write what is left. The stream stays open; its owner closes it."""


@runtime_checkable
class ColumnWriter(Writer, Protocol):
    """A report that can take the findings as columns, where the engine gives them: what `batch` gets then holds them too
    or does not, and the writer leaves them alone."""

    def columns(self, findings: Columnar) -> None:
        """Said before the first batch: `close` may ask `findings` for all of them."""


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """`terminal` is the width of the terminal written to, or None for a file or a pipe; `color` whether to use colour."""

    terminal: int | None = None
    color: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A report format. `suffix` is the usual ending of its files, with the dot."""

    name: str
    summary: str
    suffix: str
    open: Callable[[Head, BinaryIO, ReportOptions], Writer]
    columnar: bool = False
    """Whether its writers are `ColumnWriter`s."""
