"""Events and moments: from YAML to nodes, with kinds, values and roles checked at the place where they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Final

from supportpolicy.document import Section
from supportpolicy.errors import did_you_mean, nearest
from supportpolicy.expr.nodes import (
    At,
    Counted,
    Events,
    FirstResponse,
    Moment,
    Occurrence,
    Outermost,
    Role,
    Selection,
    Single,
    StaffOpened,
    Submission,
)
from supportpolicy.model.text import quoted, token
from supportpolicy.model.ticket import EVENT_KINDS, FIELDS, ROLES, FieldType

if TYPE_CHECKING:
    from supportpolicy.compiler.conditions import Conditions, Path

A_SLIP: Final = 0.85
"""How alike two names are of which one is the other with a letter or two amiss."""

_KIND: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_MESSAGES: Final = ("customer_message", "staff_message")
_HARMLESS: Final = Events("call")


@dataclass(frozen=True, slots=True)
class Settings:
    """What counts as a response besides those that are one, and where the clock starts on a ticket that staff opened."""

    counts: tuple[Counted, ...] = ()
    staff_opened: StaffOpened = "customer_message"

    @classmethod
    def stated(cls, *places: Mapping[str, Any]) -> Settings:
        """Each as the first of the places has it that states it."""
        told: dict[str, Any] = {}
        for place in reversed(places):
            told |= {key: place[key] for key in ("first_response", "staff_opened") if key in place}
        counts = tuple(told.get("first_response", {"counts": ()})["counts"])
        return cls(counts, told.get("staff_opened", "customer_message"))


@dataclass(frozen=True, slots=True)
class Selections:
    """Compiles the events and the moments of which a document speaks, beside its conditions."""

    conditions: Conditions
    settings: Settings

    # --- events ---
    def events(self, part: Section, path: Path) -> Selection:
        """The events at `path`: those of a kind, or of each in a list."""
        stated = part.at(*path).data
        if not isinstance(stated, list):
            return Selection((self._events(part, path),))
        if not stated:
            self._fault(part, path, "no kind of event", "a kind such as call, or a list of them")
            return Selection((_HARMLESS,))
        return Selection(tuple(dict.fromkeys(self._events(part, (*path, i)) for i in range(len(stated)))))

    def _events(self, part: Section, path: Path) -> Events:
        """Those of one kind: the kind, a mapping from it to the values that they bring, or `kind:`; and who did it."""
        stated = part.at(*path).data
        if isinstance(stated, str):
            return self._of(self.kind(part, path, stated))
        keys = [key for key in stated if key != "by"] if isinstance(stated, Mapping) else []
        if len(keys) != 1:
            expected = "a kind such as call, {status: [solved, closed]}, or {kind: call, by: customer}"
            self._fault(part, path, "not a kind of event", expected)
            return _HARMLESS
        [key] = keys
        below = (*path, key)
        values: tuple[str, ...] = ()
        if key == "kind":
            if not isinstance(stated[key], str):
                self._fault(part, below, "not a kind of event", "one word, such as call")
                return _HARMLESS
            kind = self.kind(part, below, stated[key])
        else:
            kind, values = self.kind(part, below, key, on_key=True), self._values(part, below, key)
        return self._of(kind, values, self._by(part, (*path, "by"), kind) if "by" in stated else ())

    def _of(self, kind: str, values: tuple[str, ...] = (), by: tuple[Role, ...] = ()) -> Events:
        return Events(kind, values, self.settings.counts if kind == "staff_message" else (), by)

    def _values(self, part: Section, path: Path, kind: str) -> tuple[str, ...]:
        stated = part.at(*path).data
        texts = [stated] if isinstance(stated, str) else stated
        if kind in _MESSAGES:
            self._fault(part, path, f"`{kind}` brings no value", f"`{kind}` alone")
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
            self._fault(part, path, "not a value", "a value, or a list of values")
            return ()
        paths: list[Path] = [path] if isinstance(stated, str) else [(*path, i) for i in range(len(texts))]
        fact = self.conditions.fact(kind)
        if fact is None or fact.type is not FieldType.TOKEN:
            return tuple(map(token, texts))
        return self.conditions.tokens(part, paths, fact, texts)

    def _by(self, part: Section, path: Path, kind: str) -> tuple[Role, ...]:
        """Who did it: a role, or one of several."""
        stated = part.at(*path).data
        if kind in _MESSAGES:
            self._fault(part, path, f"`{kind}` says itself whose it is", f"`{kind}` alone", on_key=True)
            return ()
        roles = [stated] if isinstance(stated, str) else stated
        if not isinstance(roles, list) or not roles:
            self._fault(part, path, "not a role", f"one of {', '.join(ROLES)}, or a list of them")
            return ()
        for place, role in enumerate(roles):
            if role not in ROLES:
                where = path if isinstance(stated, str) else (*path, place)
                hint = did_you_mean(role, ROLES) if isinstance(role, str) else ""
                self._fault(part, where, f"{quoted(str(role))} is no role", f"one of {', '.join(ROLES)}", hint)
        return tuple(role for role in ROLES if role in roles)

    def kind(self, part: Section, path: Path, kind: str, on_key: bool = False) -> str:
        """A kind of event; a name that is one slip away from a known one is a slip."""
        near = nearest(kind, EVENT_KINDS)
        slip = near is not None and SequenceMatcher(None, kind, near).ratio() >= A_SLIP
        if kind not in EVENT_KINDS and (slip or not _KIND.fullmatch(kind)):
            expected = f"{', '.join(EVENT_KINDS)}, or another word of the export"
            hint = did_you_mean(kind, EVENT_KINDS)
            self._fault(part, path, f"there is no event {quoted(kind)}", expected, hint, on_key)
        return kind

    # --- moments ---
    def moment(self, part: Section, path: Path) -> Moment:
        """The moment at `path`, or the latest or the earliest of those in a list."""
        stated = part.at(*path).data
        if isinstance(stated, Mapping) and len(stated) == 1:
            if "latest" in stated:
                return Outermost("latest", self._several(part, (*path, "latest")))
            if "earliest" in stated:
                return Outermost("earliest", self._several(part, (*path, "earliest")))
        return self._single(part, path)

    def _several(self, part: Section, path: Path) -> tuple[Single, ...]:
        """The moments of a list. Whoever states it may not have been asked for its shape."""
        stated = part.at(*path).data
        if not isinstance(stated, list) or len(stated) < 2:
            self._fault(part, path, "of one moment there is neither a latest nor an earliest", "a list of moments")
            return (At("submitted"),)
        told: list[Single] = []
        for i, one in enumerate(stated):
            if not isinstance(one, str) and not (isinstance(one, Mapping) and {"first", "last"} & one.keys()):
                expected = "a field such as first_response, or an event such as last staff_message"
                self._fault(part, (*path, i), "not a single moment", expected)
                continue
            moment = self._single(part, (*path, i))
            if moment in told:
                self._fault(part, (*path, i), "repeats a moment of the list", "another one")
            told.append(moment)
        return tuple(told)

    def _single(self, part: Section, path: Path) -> Single:
        """An instant of the ticket, or the first or the last of some events."""
        stated = part.at(*path).data
        if isinstance(stated, Mapping) and len(stated) == 1 and {"first", "last"} & stated.keys():
            [which] = stated
            return self._occurrence(part, path, which, self.events(part, (*path, which)))
        which, _, kind = stated.partition(" ") if isinstance(stated, str) else ("", "", "")
        if not isinstance(stated, str) or (kind and which not in ("first", "last")):
            expected = "a field such as first_response, or an event such as {first: call}"
            self._fault(part, path, "not a moment", expected)
            return Occurrence("first", Selection((_HARMLESS,)))
        if kind:
            return self._occurrence(part, path, which, Selection((self._of(self._known(part, path, which, kind)),)))
        if stated == "submitted":
            return Submission(self.settings.staff_opened)
        if stated == "first_response":
            return FirstResponse(self.settings.counts, self.settings.staff_opened)
        fact = self.conditions.fact(stated)
        if fact is None:
            self._fault(
                part,
                path,
                f"there is no field {quoted(stated)}",
                "a field of the ticket, or a fact declared under `facts`",
                did_you_mean(stated, [*FIELDS, *self.conditions.facts]),
            )
        elif fact.type is not FieldType.INSTANT:
            expected = "an instant, such as submitted or resolved"
            self._fault(part, path, f"`{stated}` is not an instant", expected)
        return At(stated)

    def _occurrence(self, part: Section, path: Path, which: str, events: Selection) -> Single:
        if which == "first":
            return Occurrence("first", events)
        if len(events.parts) > 1 and any(events.values for events in events.parts):
            message = "the last of several kinds, of which one brings a value that may have changed again"
            self._fault(part, path, message, "kinds without values, or one kind with all its values")
        return Occurrence("last", events)

    def _known(self, part: Section, path: Path, which: str, kind: str) -> str:
        """The kind in `first KIND`, which is one of the known ones."""
        if kind not in EVENT_KINDS:
            field = f"{which}_{kind}"
            hint = f"did you mean the field {field!r}?" if field in FIELDS else did_you_mean(kind, EVENT_KINDS)
            expected = f"one of {', '.join(EVENT_KINDS)}, or {{{which}: KIND}} for another kind"
            self._fault(part, path, f"there is no event {quoted(kind)}", expected, hint)
        return kind

    def _fault(
        self,
        part: Section,
        path: Sequence[str | int],
        message: str,
        expected: str = "",
        hint: str = "",
        on_key: bool = False,
    ) -> None:
        told = part.problem(*path, message=message, expected=expected, hint=hint, on_key=on_key)
        self.conditions.problems.append(told)
