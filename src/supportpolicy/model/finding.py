"""What a run reports of tickets and rows: findings, exclusions, rejected rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from supportpolicy.model.cell import Reason
from supportpolicy.model.event_totals import EventTotals
from supportpolicy.model.objective import Score, Standing
from supportpolicy.model.verdict import OnFail, Party, Verdict

Evidence: TypeAlias = Mapping[str, str | int | Mapping[str, str | None] | None]
"""Named values that a person can check: instants and durations as text, the fields read under `values`."""


@dataclass(frozen=True, slots=True)
class RowPlace:
    """Where a record stands: `record` counts data records from 1 in its file, `line` counts lines from 1; in a file that has
    no lines it is the record's number."""

    file: str
    record: int
    line: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict on one ticket with its evidence. `ticket` is the name in reports (`ID`, `ID#2`, `FILE#RECORD`), or None
    for a finding on the whole input, of which `tickets` says how many tickets it holds for."""

    ticket: str | None
    rule: str
    verdict: Verdict
    reason: Reason | None
    field: str
    barred_by: str
    on_fail: OnFail
    party: Party
    clauses: tuple[str, ...]
    revision: str
    evidence: Evidence
    place: RowPlace | None
    tickets: int = 1


UNDATED: Final = "nothing in the input is dated: state --as-of"
"""Why no ticket of an input is judged that does not say when, if nobody does."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """A ticket that was not judged, and why."""

    ticket: str
    reason: str
    place: RowPlace


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be read, kept byte for byte. `offset` is its first byte in the (decompressed) file, None where a row
    is no run of bytes there, `table` the input's role, `tickets` or a lookup table's name."""

    place: RowPlace
    offset: int | None
    reason: str
    raw: bytes
    table: str = "tickets"


Item: TypeAlias = Finding | Excluded | Rejected


@dataclass(frozen=True, slots=True)
class Tally:
    """What one input file held, counted while reading, beside `line_feeds`, counted apart from it over the bytes; or, where
    a file has no lines, beside `stated`, the number of records that it says it has.

    read = used + rejected. `line_feeds` must equal header_lines + read + blank + inner, where `inner` counts line feeds
    inside records and a last line without one counts as one.
    """

    file: str
    table: str
    line_feeds: int | None
    header_lines: int = 0
    read: int = 0
    rejected: int = 0
    blank: int = 0
    inner: int = 0
    stated: int | None = None

    @property
    def used(self) -> int:
        return self.read - self.rejected

    @property
    def adds_up(self) -> bool:
        if self.line_feeds is None:
            return self.stated == self.read
        return self.line_feeds == self.header_lines + self.read + self.blank + self.inner


@dataclass(frozen=True, slots=True)
class Input:
    """One file that was read, named as it was typed. `size` and `sha256` are of the file as it lies on disk."""

    name: str
    table: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Verdicts of one rule: by ticket, and for the rate those left after conflicting ids are taken out.

    `could_pass` and `could_fail` count those unknown or open among the rated tickets that could still turn out so. They
    bound the rate: at least pass / (pass + fail + could_fail), at most (pass + could_pass) / (pass + could_pass + fail).
    `unknown_by` gives the unknowns per (field, reason).
    """

    passed: int = 0
    failed: int = 0
    open: int = 0
    not_applicable: int = 0
    unknown: int = 0
    rated_pass: int = 0
    rated_fail: int = 0
    could_pass: int = 0
    could_fail: int = 0
    unknown_by: Mapping[tuple[str, Reason], int] = field(default_factory=dict)

    @property
    def judged(self) -> int:
        return self.passed + self.failed + self.open + self.not_applicable + self.unknown


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A spelling that the vocabulary of `field` does not hold, with the number of tickets and the nearest word."""

    field: str
    text: str
    tickets: int
    nearest: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """What the tickets of a group say of one field: `text` is the value, the reason where it is unknown, and empty where
    it is never."""

    state: Literal["value", "never", "unknown"]
    text: str = ""

    @property
    def order(self) -> tuple[int, str]:
        """Values by code point, then never, then unknown by its reason."""
        return ("value", "never", "unknown").index(self.state), self.text


GROUPS: Final = 200
"""How many groups are told apart; what the smaller ones hold is told as one."""


@dataclass(frozen=True, slots=True)
class GroupTotals:
    """The judged tickets that say the same of the fields asked for, with their verdicts by (revision, rule id).

    `said` is None for the tickets of all `groups` that are too small to be told apart.
    """

    said: tuple[Said, ...] | None
    judged: int
    rules: Mapping[tuple[str, str], Counts]
    groups: int = 1


@dataclass(frozen=True, slots=True)
class ObjectivePeriod:
    """A period of an objective, from `since` until before `until` in microseconds; both are None where it is not certain in
    which period the tickets lie."""

    words: str
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    """The tickets of an objective that lie in one period (None: the whole audit) and say the same of its fields, `said`.

    `standing` is None for tickets that may lie in several periods or groups: they are in doubt in each of them.
    """

    period: ObjectivePeriod | None
    said: tuple[Said, ...]
    score: Score
    standing: Standing | None


OBJECTIVE_ROWS: Final = 200
"""How many periods and groups of an objective are told apart."""

SAYS_MOST: Final = (Standing.MISSED, Standing.UNKNOWN, Standing.OPEN, None, Standing.MET, Standing.TOO_FEW)
"""Which of them are told where not all can be."""


@dataclass(frozen=True, slots=True)
class ObjectiveTotals:
    """How an objective stands: in how many periods and groups it is met, missed and so on, and `rows`, in order, those that
    say most; `others` are left out."""

    standings: Mapping[Standing, int]
    rows: tuple[ObjectiveRow, ...] = ()
    others: int = 0


QUANTILES: Final = (50, 90, 95, 99, 100)
"""Of how many percent of the late tickets it is told how late they were at most; 100 is the greatest lateness."""

WORST: Final = 10
"""How many of the latest tickets, and of the widest gaps, are told."""


@dataclass(frozen=True, slots=True)
class Late:
    """A ticket that broke a deadline, and by how many microseconds at the least."""

    ticket: str
    place: RowPlace
    us: int


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late the tickets were that broke one deadline: their number, microseconds by percentage, the latest first."""

    tickets: int
    quantiles: Mapping[int, int]
    worst: tuple[Late, ...]


@dataclass(frozen=True, slots=True)
class Differing:
    """A ticket on which a field and the events certainly differ, and by how many microseconds at the least."""

    ticket: str
    place: RowPlace
    us: int


@dataclass(frozen=True, slots=True)
class MetricTotals:
    """The field `first_response` beside the events: on how many tickets `both` show a first response, and of these
    `differ` for certain, the `greatest` differences first; and on how many only the one shows it and the other none."""

    both: int = 0
    differ: int = 0
    only_events: int = 0
    only_field: int = 0
    greatest: tuple[Differing, ...] = ()

    def __add__(self, other: MetricTotals) -> MetricTotals:
        return MetricTotals(*(getattr(self, name) + getattr(other, name) for name in MetricTotals.__slots__))


@dataclass(frozen=True, slots=True)
class Months:
    """Judged tickets by the month of their submission (see `month_of`) in order, and those that do not say which."""

    tickets: Mapping[int, int] = field(default_factory=dict)
    undated: int = 0


@dataclass(frozen=True, slots=True)
class NumericIds:
    """The ids among those of all tickets formed that are whole numbers.

    `tickets` bear one, `different` are distinct; `missing` numbers lie between `least` and `greatest` and are borne by
    none. `gaps` are the widest spans of them, each by its first and its last.
    """

    tickets: int
    different: int
    least: int
    greatest: int
    gaps: tuple[tuple[int, int], ...]

    @property
    def missing(self) -> int:
        return self.greatest - self.least + 1 - self.different


@dataclass(frozen=True, slots=True)
class Totals:
    """The control totals of a run. `rules` is keyed by (revision, rule id) in file order, and
    `objectives` by (revision, objective id).

    `breached` counts by party the judged tickets on which it broke a duty. `lateness` is keyed as `rules` and leaves out
    what no ticket was late for; `metrics` have only rules whose clocks stop at the first response, each such clock once.
    `clocks` say what those of rules come to whose clocks start again and again.
    `groups` are in order of what they say, the small ones at the end.
    """

    tallies: tuple[Tally, ...]
    formed: int
    judged: int
    excluded: Mapping[str, int]
    rules: Mapping[tuple[str, str], Counts]
    judged_under: Mapping[str, int]
    unmapped: tuple[Unmapped, ...]
    conflicting_ids: tuple[str, ...]
    events: EventTotals = field(default_factory=EventTotals)
    breached: Mapping[Party, int] = field(default_factory=dict)
    lateness: Mapping[tuple[str, str], Lateness] = field(default_factory=dict)
    months: Months = field(default_factory=Months)
    ids: NumericIds | None = None
    groups: tuple[GroupTotals, ...] = ()
    objectives: Mapping[tuple[str, str], ObjectiveTotals] = field(default_factory=dict)
    metrics: Mapping[tuple[str, str], MetricTotals] = field(default_factory=dict)
    clocks: Mapping[tuple[str, str], Score] = field(default_factory=dict)
