"""Events as marks: one number for each, by which those of a ticket stand in their order.

Of most tickets every event is exact, and nothing that a rule asks of it is in doubt. What is told of such events are lists
of marks, in whose last bits stands what rules ask of them: all else is read off these lists, ticket by ticket, which costs a
fraction of what lists of all that may be in doubt cost. Whether a ticket is such a one is found with them; the others are
judged once more, with all their doubts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from supportpolicy.engines.duckdb.codes import TRUE
from supportpolicy.engines.duckdb.layers import Layers
from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.timelines import CERTAIN, Opening, Timeline
from supportpolicy.expr.nodes import Counted, Role

_TOLD: Final = 5
"""So many bits tell of an event; what is told besides stands in another list."""
_PLACED: Final = 7
PLACES: Final = 1 << _PLACED
"""So many events of one instant are told apart by their places."""
_BESIDE: Final = _TOLD + _PLACED
_LAST: Final = 1 << (63 - _BESIDE)
"""From that instant on, in the year 2041, events have no mark."""
_ROLES: Final = ("customer", "staff", "bot", "system")
_BY_CUSTOMER: Final = 1
_BY_STAFF: Final = 8
"""The number of the customer's role; and the bit, beside that of a role, of a message of the staff."""
_PLACE: Final = re.compile(r"\bi\b")


def instant_of(mark: str) -> str:
    """The instant of an event."""
    return f"({mark} >> {_BESIDE})"


def filtered(listed: str, condition: str) -> str:
    """Those events of a list for which a condition on the mark `e`, in the place `i`, is true."""
    # To number the members costs as much as the condition.
    return f"list_filter({listed}, lambda {'e, i' if _PLACE.search(condition) else 'e'}: {condition})"


@dataclass(frozen=True, slots=True)
class _Marked:
    """A column that is a list of marks, and what these tell: the expressions, each with its first bit and their number."""

    name: str
    column: str
    """That of an event, by which it is put together."""
    told: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """How many bits are left."""
        return _TOLD - sum(bits for _, bits in self.told.values())


@dataclass(frozen=True, slots=True)
class Meant:
    """Those events of a list for whose mark `e`, in the place `i`, a condition is true."""

    listed: str
    condition: str


@dataclass(slots=True)
class Marks(Timeline):
    """The events of one field, as far as they are certain. `formed` says whether they have forms and if so, whether these
    have all but the instants."""

    formed: bool | None = None
    assumed: list[str] = field(default_factory=list, init=False)
    """What is true of an event that is certain, as conditions."""
    forms: Layers = field(init=False)
    _marked: dict[str, list[_Marked]] = field(default_factory=dict, init=False)
    """By the condition of the events that are in them; all lists with the same condition have the same events."""

    def __post_init__(self) -> None:
        Timeline.__post_init__(self)
        self.forms = Layers("", "k")

    def relation(self, among: str = "", used: frozenset[str] | None = None) -> str:
        """A query: `rec` and every column that was asked for, or those of them that are `used`."""
        wanted = {text: name for text, name in self.columns.items() if used is None or name in used}
        told = "".join(f", {text} AS {name}" for text, name in wanted.items())
        i, asked = self.index, [" ".join(self.layers.words(wanted))]
        where = f" WHERE {among}" if among else ""
        if self.formed:
            cells = f"(SELECT rec, rowid AS seq, lo, lo AS hi, form FROM ordered{i}{where})"
            below = f"SELECT * FROM {cells} JOIN (\n{self.forms.select(f'forms{i}', asked)}\n) USING (form)"
        else:
            below = self.forms.select(f"(SELECT * FROM events{i}{where})", asked)
        placed = f"(lo << {_BESIDE}) | ((seq & {PLACES - 1}) << {_TOLD})"
        mark = f"CASE WHEN lo BETWEEN 0 AND {_LAST - 1} THEN {placed} END"
        events = f"(SELECT *, {mark} AS mark FROM (\n{below}\n))"
        return f"SELECT rec{told} FROM (\n{self.layers.select(events, wanted)}\n) GROUP BY rec"

    def certain(self) -> str:
        """Whether all events of the ticket are certain; null where it has none. To be asked for last."""
        placed = f"seq < {PLACES}" if self.formed is None else "true"  # else see `tornI`
        formed = self._formed(" AND ".join(self.assumed) or "true")
        return self._column(f"bool_and(coalesce(mark IS NOT NULL AND lo = hi AND {placed} AND {formed}, false))")

    # --- what is asked ---
    def opening(self) -> Opening:
        """The first message; as its place its mark."""
        first = f"{self._listed(self._message())}[1]"
        who = self._who(first, "1")
        role = f"([{', '.join(map(quoted, _ROLES))}])[{who} & {_BY_STAFF - 1}]"
        kind = f"(CASE WHEN {who} >= {_BY_STAFF} THEN 'staff_message' ELSE 'customer_message' END)"
        return Opening(kind, role, first, instant_of(first))

    def first_customer_message(self) -> tuple[str, str]:
        """The first message of the customer up to the audit instant: its lo and hi, null where there is none."""
        listed = self._listed(self._message())
        at = instant_of(f"{filtered(listed, f'{self._who()} < {_BY_STAFF} AND {self._past()}')}[1]")
        return at, at

    def answers(self, counts: Sequence[Counted], opened: str) -> Meant:
        """Those up to the audit instant that are a response; but not the first message, if that `opened` the ticket."""
        doubt = self._doubt(counts)
        self.assume(doubt)
        listed, response = self._listed(self._message()), self._is(self._message(), doubt)
        other = "" if opened == "false" else f" AND NOT (i = 1 AND {opened})"
        return Meant(listed, f"{response} AND {self._past()}{other}")

    def from_customer(self) -> Meant:
        """The messages of the customer up to the audit instant."""
        return Meant(self._listed(self._message()), f"{self._who()} = {_BY_CUSTOMER} AND {self._past()}")

    def done(self, kind: str, by: Sequence[Role]) -> Meant:
        """The events of a kind up to the audit instant, if they are done by whom they should be."""
        among = f"kind = {quoted(kind)}"
        conditions = [self._past()]
        if by:
            truth = self.done_by(by)
            self.assume(truth, among)
            conditions.append(self._is(among, truth))
        return Meant(self._listed(among), " AND ".join(conditions))

    def brought(self, kind: str, by: Sequence[Role], after: str) -> Meant:
        """Those of them that bring what the event before did not."""
        meant, among = self.done(kind, by), f"kind = {quoted(kind)}"
        self.assume(after, among)
        same = self._is(among, after, f"{meant.listed}[i - 1]", "i - 1")
        return Meant(meant.listed, f"{self._is(among, after)} AND NOT (i > 1 AND {same}) AND {meant.condition}")

    def kept(self, kind: str, after: str, until: str) -> str:
        """Whether the last event of a kind up to the audit instant, and before `until` if that is there, brings something;
        null where there is none."""
        meant, among = self.done(kind, ()), f"kind = {quoted(kind)}"
        self.assume(after, among)
        before = f" AND ({until} IS NULL OR {instant_of('e')} < {until})" if until else ""
        last = f"len({filtered(meant.listed, f'{meant.condition}{before}')})"
        return self._is(among, after, f"{meant.listed}[{last}]", last)

    def turns(self, kind: str, stands: str, first: str) -> str:
        """The list of the events of a kind up to the audit instant with which the clock comes to stand, or goes on; `first`
        is whether it stands before all of them."""
        meant, among = self.done(kind, ()), f"kind = {quoted(kind)}"
        stands = self._formed(stands)
        self.assume(stands, among)
        before = self._code(among, self._certainly(stands), 1, f"{meant.listed}[i - 1]", "i - 1")
        turned = f"{self._code(among, self._certainly(stands), 1)} <> CASE WHEN i = 1 THEN {first} ELSE {before} END"
        return filtered(meant.listed, f"{turned} AND {meant.condition}")

    def first_of_kind(self, kind: str, told: str) -> str:
        """What the first of all events of a kind tells, be it after the audit instant; null where there is none, and more
        than a truth where it is not known."""
        among = f"kind = {quoted(kind)}"
        return self._code(among, f"least({told}, {TRUE + 1})", 2, f"{self._listed(among)}[1]", "1")

    def assume(self, truth: str, among: str = "true") -> None:
        """A truth of an event that is known where the event is certain."""
        if truth == str(CERTAIN):
            return
        known = f"({truth} <= {TRUE})" if among == "true" else f"(({among}) IS NOT TRUE OR {truth} <= {TRUE})"
        if known not in self.assumed:
            self.assumed.append(known)

    # --- one event ---
    def _past(self) -> str:
        """Whether an event lies up to the audit instant."""
        return f"e <= {min(((self.audit + 1) << _BESIDE) - 1, (1 << 63) - 1)}"

    def _who(self, mark: str = "e", place: str = "i") -> str:
        """The number of the role of whoever wrote a message, and the bit of those of the staff."""
        roles = " ".join(f"WHEN {quoted(role)} THEN {n}" for n, role in enumerate(_ROLES, 1))
        who = f"CASE role {roles} ELSE 0 END + CASE WHEN kind = 'staff_message' THEN {_BY_STAFF} ELSE 0 END"
        return self._code(self._message(), who, 4, mark, place)

    def _is(self, among: str, truth: str, mark: str = "e", place: str = "i") -> str:
        """Whether a truth is certain of an event."""
        return f"{self._code(among, self._certainly(truth), 1, mark, place)} = 1"

    @staticmethod
    def _certainly(truth: str) -> str:
        return f"CASE WHEN {truth} = {CERTAIN} THEN 1 ELSE 0 END"

    def _code(self, among: str, expression: str, bits: int, mark: str = "e", place: str = "i") -> str:
        """What an expression, which needs so many bits, says of the event with a mark that is in a place of its list."""
        self._listed(among)
        lists = self._marked[among]
        n = next((n for n, one in enumerate(lists) if expression in one.told or one.left >= bits), len(lists))
        if n == len(lists):
            self._open(among)
        if expression not in lists[n].told:
            lists[n].told[expression] = (_TOLD - lists[n].left, bits)
            self._tell(among, lists[n])
        at, size = lists[n].told[expression]
        own = mark if n == 0 else f"{lists[n].name}[{place}]"
        return f"(({own} >> {at}) & {(1 << size) - 1})"

    def _listed(self, among: str) -> str:
        """The first list of the events that are among some."""
        if among not in self._marked:
            self._open(among)
        return self._marked[among][0].name

    def _open(self, among: str) -> None:
        """One more list of them."""
        told = f"m{sum(map(len, self._marked.values()))}"
        self._marked.setdefault(among, []).append(_Marked(self._list(f"mark | {told}", f"{told} IS NOT NULL"), told))
        self._tell(among, self._marked[among][-1])

    def _tell(self, among: str, marked: _Marked) -> None:
        """What the marks of a list tell."""
        told = " | ".join(f"(({text})::BIGINT << {at})" for text, (at, _) in marked.told.items()) or "0::BIGINT"
        self.forms.define(f"CASE WHEN {among} THEN {told} END", marked.column)

    def _formed(self, expression: str) -> str:
        return self.forms.define(expression)
