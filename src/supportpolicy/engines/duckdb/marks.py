"""Events as marks: one number for each, by which those of a ticket stand in their order.

Of most tickets every event is exact, and nothing that a rule asks of it is in doubt. What is told of such events are lists
of marks, which cost a fraction of what lists of all that may be in doubt cost. Whether a ticket is such a one is found with
them; the others are judged once more, with all their doubts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from supportpolicy.engines.duckdb.codes import TRUE
from supportpolicy.engines.duckdb.layers import Layers
from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.timelines import CERTAIN, Timeline
from supportpolicy.expr.nodes import Counted, Events
from supportpolicy.model.step_table import StepTable

_BITS: Final = 10
PLACES: Final = 1 << _BITS
"""So many events of one instant are told apart by their places."""
_LAST: Final = 1 << 51
"""From that instant on, in the year 2041, events have no mark, so that two bits of a number are left beside it."""
_ROLES: Final = ("customer", "staff", "bot", "system")


def instant_of(mark: str) -> str:
    """The instant of an event."""
    return f"({mark} >> {_BITS})"


@dataclass(slots=True)
class Marks(Timeline):
    """The events of one field, as far as they are certain. `formed` says whether they have forms and if so, whether these
    have all but the instants."""

    formed: bool | None = None
    assumed: list[str] = field(default_factory=list, init=False)
    """What is true of an event that is certain, as conditions."""
    forms: Layers = field(init=False)

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
        mark = f"CASE WHEN lo BETWEEN 0 AND {_LAST - 1} THEN (lo << {_BITS}) | (seq & {PLACES - 1}) END"
        ruled = " CROSS JOIN rulers" if self._ruled else ""
        events = f"(SELECT *, {mark} AS mark FROM (\n{below}\n){ruled})"
        return f"SELECT rec{told} FROM (\n{self.layers.select(events, wanted)}\n) GROUP BY rec"

    def certain(self) -> str:
        """Whether all events of the ticket are certain; null where it has none. To be asked for last."""
        placed = f"seq < {PLACES}" if self.formed is None else "true"  # else see `tornI`
        formed = self._formed(" AND ".join(self.assumed) or "true")
        return self._column(f"bool_and(coalesce(mark IS NOT NULL AND lo = hi AND {placed} AND {formed}, false))")

    # --- what is asked ---
    def opening(self) -> str:
        """The first message: its kind, role, seq and lo; as seq its mark."""
        roles = " ".join(f"WHEN {quoted(role)} THEN {n}" for n, role in enumerate(_ROLES, 1))
        who = self._formed(f"CASE role {roles} ELSE 0 END + CASE WHEN kind = 'staff_message' THEN 8 ELSE 0 END")
        first = f"min(mark) FILTER ({self._message()})"
        code = f"arg_min({who}, mark) FILTER ({self._message()})"
        role = f"([{', '.join(map(quoted, _ROLES))}])[{code} & 7]"
        kind = f"CASE WHEN {code} >= 8 THEN 'staff_message' ELSE 'customer_message' END"
        told = f"{{'kind': {kind}, 'role': {role}, 'seq': {first}, 'lo': {instant_of(first)}}}"
        return self._column(f"CASE WHEN {first} IS NOT NULL THEN {told} END")

    def first_customer_message(self) -> str:
        """The first message of the customer up to the audit instant: its lo."""
        first = f"min(lo) FILTER (kind = 'customer_message' AND lo <= {self.audit})"
        return self._column(f"CASE WHEN {first} IS NOT NULL THEN {{'lo': {first}}} END")

    def responses(self, counts: Sequence[Counted]) -> str:
        """The list of the marks of those up to the audit instant that are a response."""
        doubt = self._doubt(counts)
        self.assume(doubt)
        return self._list("mark", f"{doubt} = {CERTAIN} AND lo <= {self.audit}")

    def of_kind(self, kind: str, told: Mapping[str, str] | None = None, among: str = "") -> str:
        """The list of the marks of the events of a kind up to the audit instant, among those who are `done` by whom they
        should be; with `after`, whether each brings a value, as twice its mark and that."""
        kept = [f"kind = {quoted(kind)}", f"lo <= {self.audit}", *([among] if among else [])]
        members = dict(told or {})
        for truth in members.values():
            if truth != str(CERTAIN):
                self.assume(truth, f"kind = {quoted(kind)}")
        if "after" not in members:
            kept.append(f"{members['doubt']} = {CERTAIN}")
            return self._list("mark", " AND ".join(kept))
        done = members.get("done", str(CERTAIN))
        return self._list(f"(mark << 2) | ({done}::BIGINT << 1) | {members['after']}", " AND ".join(kept))

    def standing(self, kind: str, stands: str, table: StepTable | None) -> tuple[str, str]:
        """Of all events of a kind up to the audit instant two lists: as twice the mark and that, whether the clock stands
        after each; and what F on a calendar, None for `24x7`, is then."""
        self.assume(stands, f"kind = {quoted(kind)}")
        among = f"kind = {quoted(kind)} AND lo <= {self.audit}"
        at = "lo"
        if table is not None:
            at, _ = self.accrued(self.layers.define(f"CASE WHEN kind = {quoted(kind)} THEN lo END"), table)
        return self._list(f"(mark << 2) | {stands}", among), self._list(f"{at}::BIGINT", among)

    def steps(self, kinds: Sequence[tuple[Events, int]]) -> str:
        """The list of all events of some kinds up to the audit instant: as four times the mark and the bits of the kinds
        that it is of. No values may be asked for."""
        arms = []
        for events, bit in kinds:
            among = [f"kind = {quoted(events.kind)}"]
            if events.kind == "customer_message":
                among.append("role = 'customer'")
            else:
                meant = self._doubt(events.counts) if events.kind == "staff_message" else self.done_by(events.by)
                self.assume(meant, among[0])
                among.append(f"{meant} = {CERTAIN}")
            arms.append(f"CASE WHEN {' AND '.join(among)} THEN {bit} ELSE 0 END")
        bits = self._formed(" | ".join(arms))
        return self._list(f"(mark << 2) | {bits}", f"{bits} > 0 AND lo <= {self.audit}")

    def first_of_kind(self, kind: str, told: str) -> str:
        """What the first of all events of a kind tells, be it after the audit instant; null where there is none."""
        return self._column(f"arg_min({told}, mark) FILTER (kind = {quoted(kind)})")

    def assume(self, truth: str, among: str = "true") -> None:
        """A truth of an event that is known where the event is certain."""
        known = f"({truth} <= {TRUE})" if among == "true" else f"(({among}) IS NOT TRUE OR {truth} <= {TRUE})"
        if known not in self.assumed:
            self.assumed.append(known)

    def truth(self, expression: str) -> str:
        """The name of a truth of an event."""
        return self._formed(expression)

    def _formed(self, expression: str) -> str:
        return self.forms.define(expression)
