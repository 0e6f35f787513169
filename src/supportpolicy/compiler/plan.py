"""Joins a policy and a mapping over the columns that an input really has: the plan."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import Final

from supportpolicy.compiler.conditions import Conditions
from supportpolicy.compiler.mapping import EventTable, Mapping, Place
from supportpolicy.compiler.policy import Policy, Revision
from supportpolicy.compiler.problems import refusal
from supportpolicy.compiler.selections import A_SLIP
from supportpolicy.document import Section
from supportpolicy.errors import Problem, UsageError, did_you_mean, nearest
from supportpolicy.expr.decode import decoder
from supportpolicy.expr.nodes import EachWithin, NotBefore, Within, reads, singles
from supportpolicy.expr.plan import Exclusion, Plan, RevisionPlan
from supportpolicy.expr.reading import Column, Constant, FieldPlan, Key, Listed, LookedUp, Nowhere, Origin, Reading
from supportpolicy.model.cell import Unknown
from supportpolicy.model.language import language
from supportpolicy.model.text import quoted, token
from supportpolicy.model.ticket import (
    EVENT_PARTS,
    FIELDS,
    GROUPING,
    HAPPENINGS,
    ROLES,
    VOCABULARY,
    Fact,
    FieldType,
    known_fact,
)

_MEANT_FOR: Final = {
    "values": (FieldType.TOKEN, FieldType.LANGUAGE, FieldType.TAGS, FieldType.BOOLEAN),
    "format": (FieldType.INSTANT,),
    "precision": (FieldType.INSTANT,),
    "timezone": (FieldType.INSTANT,),
    "elapsed": (FieldType.INSTANT,),
    "separator": (FieldType.TAGS,),
}
"""The types of field for which a key of a mapping's entry means something."""

Columns = Dict[str, tuple[str, ...] | None]
"""The columns of each table, None where each row names its own."""


def compile_plan(policy: Policy, mapping: Mapping | None, columns: Columns, by: Sequence[str] = ()) -> Plan:
    """The plan for judging tickets of an input under a policy.

    `mapping` None means that the rows are canonical tickets. The fields `by` are read although no rule may ask for them.
    Raises DocumentError where the mapping and the columns, or the mapping and the policy, do not fit, and UsageError for a
    field by which tickets cannot be grouped.
    """
    header = columns.get("tickets")
    if mapping is not None and header is not None:
        mapping = mapping.spelled(header)
    return _Joint(policy, mapping, columns, by).plan()


def _words(revision: Revision) -> dict[str, tuple[str, ...]]:
    """The closed vocabularies of the fields that events may change."""
    tokens = [fact for fact in revision.facts.values() if fact.type is FieldType.TOKEN]
    return {fact.name: fact.one_of for fact in tokens if fact.one_of is not None}


class _Joint:
    def __init__(self, policy: Policy, mapping: Mapping | None, columns: Columns, by: Sequence[str]) -> None:
        self.policy = policy
        self.mapping = mapping
        self.columns = columns
        self.by = by
        self.problems: list[Problem] = []
        self.fields: list[FieldPlan] = []
        self.index: dict[tuple[str, tuple[str, ...] | None, FieldType], int] = {}

    def plan(self) -> Plan:
        if self.mapping is not None:
            self._tables(self.mapping)
            self._names(self.mapping)
        self._groups()
        revisions = tuple(self._revision(revision) for revision in self.policy.revisions)
        exclude = self._exclusions(self.mapping) if self.mapping is not None else ()
        own = {name: self._field(self._own_fact(name)) for name in self._own_names()}
        if self.problems:
            raise refusal(self.problems)
        return Plan(
            fields=tuple(self.fields),
            facts=MappingProxyType(own),
            reduce=self.mapping.reduce if self.mapping else None,
            exclude=exclude,
            in_force_by=self.policy.in_force_by,
            revisions=revisions,
            horizon=self.mapping.exported_at if self.mapping else None,
        )

    def _names(self, mapping: Mapping) -> None:
        """A name that is no field and one slip away from one is a slip; any other may be a fact of another policy."""
        known = {*FIELDS, *(name for revision in self.policy.revisions for name in revision.facts)}
        listed = [(name, ("not_recorded", i)) for i, name in enumerate(mapping.not_recorded)]
        for name, path in [*((name, place.section.path) for name, place in mapping.fields.items()), *listed]:
            near = nearest(name, known)
            if name not in known and near is not None and SequenceMatcher(None, name, near).ratio() >= A_SLIP:
                self.problems.append(
                    mapping.root.problem(
                        *path,
                        message=f"there is no field {quoted(name)}",
                        expected="a field of the ticket, or a fact that the policy declares",
                        hint=f"did you mean {near!r}?",
                        on_key=path[0] != "not_recorded",
                    )
                )

    def _groups(self) -> None:
        """Tickets can be grouped by fields that hold one value, which the policy or the mapping knows."""
        declared = {name for revision in self.policy.revisions for name in revision.facts}
        known = {*FIELDS, *declared, *(self.mapping.fields if self.mapping is not None else ())}
        fit = sorted(name for name in known if self._own_fact(name).type in GROUPING)
        problems = [
            Problem(
                f"--by {name}: "
                + (f"its type is {self._own_fact(name).type.value}" if name in known else "there is no such field"),
                expected=f"one of {', '.join(fit)}",
                hint=did_you_mean(name, fit),
            )
            for name in self.by
            if name not in fit
        ]
        if problems:
            raise UsageError(*problems)

    def _exclusions(self, mapping: Mapping) -> tuple[Exclusion, ...]:
        """The mapping's exclusions once more, now that the policy says of what type each fact is. They speak the mapping's
        words (`status: deleted`), which no policy needs to know."""
        facts = {name: Fact(name, FieldType.TOKEN) for name in mapping.fields if name not in FIELDS}
        for revision in reversed(self.policy.revisions):
            facts.update({name: Fact(name, fact.type) for name, fact in revision.facts.items()})
        conditions = Conditions(facts, None, self.problems, open_tokens=True)
        return tuple(
            Exclusion(exclusion.reason, conditions.compile(mapping.root, ("exclude", i, "when")))
            for i, exclusion in enumerate(mapping.exclude)
        )

    def _own_names(self) -> list[str]:
        """What the plan reads whatever the rules: the id, all that happened, what the exclusions ask."""
        excluded = [name for e in (self.mapping.exclude if self.mapping else ()) for name in reads(e.when)]
        return list(dict.fromkeys(["id", self.policy.in_force_by, *HAPPENINGS, "events", *excluded, *self.by]))

    def _own_fact(self, name: str) -> Fact:
        if name == "events":
            return self._fact(self.policy.revisions[0], name)
        declared = next((r.facts[name] for r in self.policy.revisions if name in r.facts), None)
        built_in = known_fact(name)
        kind = (declared or built_in or Fact(name, FieldType.TOKEN)).type
        return Fact(name, kind, None)

    def _revision(self, revision: Revision) -> RevisionPlan:
        names: list[str] = ["id", "submitted"]
        for rule in revision.rules:
            names.extend(reads(rule.demand))
            names.extend(reads(rule.when) if rule.when is not None else ())
        names.extend(name for exclusion in revision.exclude for name in reads(exclusion.when))
        for objective in revision.objectives:
            names.extend(objective.reads)
        self._stops(revision)
        facts = {name: self._field(self._fact(revision, name)) for name in dict.fromkeys(names)}
        for name in self.by:
            known = revision.fact(name) is not None
            facts[name] = self._field(self._fact(revision, name) if known else self._own_fact(name))
        return RevisionPlan(
            revision.label,
            revision.since,
            revision.until,
            revision.rules,
            revision.exclude,
            MappingProxyType(facts),
            revision.calendars,
            MappingProxyType(_words(revision)),
            revision.objectives,
        )

    def _fact(self, revision: Revision, name: str) -> Fact:
        fact = revision.fact(name)
        assert fact is not None  # the policy's compiler resolved every name
        if fact.type is FieldType.EVENTS:  # an event's channel is read by the words of the ticket's
            channel = revision.fact("channel")
            return replace(fact, one_of=channel.one_of if channel is not None else None)
        return fact

    def _stops(self, revision: Revision) -> None:
        """A field that stops a clock says what an empty cell means: it decides between late and unknown."""
        for rule in revision.rules:
            if self.mapping is None or not isinstance(rule.demand, Within | NotBefore | EachWithin):
                continue
            ends = rule.demand.until if isinstance(rule.demand, EachWithin) else rule.demand.stop
            for name in dict.fromkeys(reads(one)[0] for one in singles(ends)) if ends is not None else ():
                place = self.mapping.fields.get(name)
                if place is not None and place.empty is None and not isinstance(place.origin, Constant):
                    self.problems.append(
                        place.section.problem(
                            message=f"`{name}` stops the clock of {rule.id!r}: an empty cell must mean something",
                            expected="`empty: never` (the export is complete, so it did not happen) or `empty: unknown`",
                        )
                    )

    def _field(self, fact: Fact) -> int:
        """The index of the plan of this field under this vocabulary."""
        key = (fact.name, fact.one_of, fact.type)
        if key not in self.index:
            self.index[key] = -1
            self.fields.append(self._field_plan(fact))
            self.index[key] = len(self.fields) - 1
        return self.index[key]

    def _field_plan(self, fact: Fact) -> FieldPlan:
        plain = Reading(fact.type, fact.one_of)
        if self.mapping is None or self.mapping.canonical:
            declared = self.mapping is not None and fact.name in self.mapping.not_recorded
            known = self.columns.get("tickets")
            found = known is None or fact.name in known
            return FieldPlan(fact.name, Key(fact.name) if found and not declared else Nowhere(declared), plain)
        if fact.type is FieldType.EVENTS and self.mapping.events is not None:
            return FieldPlan(fact.name, self._listed(fact, self.mapping.events), plain)
        place = self.mapping.fields.get(fact.name)
        if place is None:
            return FieldPlan(fact.name, Nowhere(fact.name in self.mapping.not_recorded), plain)
        return FieldPlan(fact.name, self._found(place), self._reading(fact, self._told(place)))

    def _listed(self, events: Fact, stated: EventTable) -> Origin:
        """The table of events, once its columns are found; nowhere if the audit is not given it."""
        if stated.table not in self.columns:
            return Nowhere(False)
        known = self.columns[stated.table]
        if known is not None and stated.ticket not in known:
            self._no_column(stated.section, ("ticket",), stated.table, stated.ticket, known)
        parts = []
        for name, place in stated.parts.items():
            words = {"channel": events.one_of, "role": ROLES}.get(name)
            fact = Fact(f"events.{name}", EVENT_PARTS[name], words)
            origin = self._found(place, stated.table)
            if not isinstance(origin, Nowhere):
                parts.append(FieldPlan(fact.name, origin, self._reading(fact, self._told(place, stated.table))))
        return Listed(stated.table, stated.ticket, stated.complete, tuple(parts))

    def _no_column(
        self, section: Section, keys: tuple[str | int, ...], table: str, name: str, known: Sequence[str], hint: str = ""
    ) -> None:
        self.problems.append(
            section.problem(
                *keys,
                message=f"the {'export' if table == 'tickets' else f'table {table!r}'} has no column {quoted(name)}",
                expected=f"one of {', '.join(map(quoted, known))}",
                hint=did_you_mean(name, known) or hint,
            )
        )

    def _found(self, place: Place, own: str = "tickets") -> Origin:
        """Where the place lies, once its columns are found in the input (of its `own` table, unless it is looked up);
        nowhere if it is optional and they are not."""
        origin = place.origin
        wanted: list[tuple[tuple[str | int, ...], str]]
        if isinstance(origin, LookedUp):
            spans = [(("valid", i), name) for i, name in enumerate(origin.valid or ())]
            wanted = [(("match",), origin.match), (("value",), origin.value), *spans]
            if origin.table not in self.columns:
                return Nowhere(False)
            self._field(self._lookup_key(origin.key))
            if origin.valid is not None:
                self._field(Fact("submitted", FieldType.INSTANT))
        elif isinstance(origin, Column):
            stated = place.section.data if isinstance(place.section.data, dict) else {}
            wanted = [(tuple(key for key in ("column", "elapsed") if key in stated), origin.name)]
        else:
            wanted = []
        if wanted and place.never_when is not None and not place.optional:
            wanted.append((("empty", "never_when", "column"), place.never_when[0]))
        table = origin.table if isinstance(origin, LookedUp) else own
        known = self.columns.get(table)
        missing = False
        for keys, name in wanted:
            if known is None or name in known:
                continue
            missing = True
            if not place.optional:
                hint = "add `optional: true` if the export may lack it"
                self._no_column(place.section, keys, table, name, known, hint)
        return Nowhere(False) if missing else origin

    def _told(self, place: Place, own: str = "tickets") -> Place:
        """The place as the input can tell it: where the column that explains an empty cell is missing, and may be, an
        empty cell stays unknown."""
        known = self.columns.get(place.origin.table if isinstance(place.origin, LookedUp) else own)
        if place.never_when is None or known is None or place.never_when[0] in known:
            return place
        return replace(place, never_when=None)

    def _lookup_key(self, name: str) -> Fact:
        return Fact(name, FIELDS.get(name, FieldType.TEXT))

    def _reading(self, fact: Fact, place: Place) -> Reading:
        values = {raw: _normal(fact, value) for raw, value in place.values.items()}
        for raw, value in values.items():
            expected = _no_value(fact, value)
            if expected:
                self.problems.append(
                    place.section.problem(
                        "values",
                        next((k for k in place.section.at("values").data if token(k) == raw), raw),
                        message=f"{quoted(value)} is no value of `{fact.name}` in the policy",
                        expected=expected,
                        hint=did_you_mean(value, fact.one_of or ()),
                    )
                )
        self._fits(fact, place)
        return Reading(
            type=fact.type,
            vocabulary=fact.one_of,
            values=MappingProxyType(values),
            nulls=place.nulls,
            empty="never" if place.empty == "never" else "unknown",
            format=place.format,
            zone=place.zone,
            precision=place.precision,
            measured=place.measured,
            separator=place.separator,
            never_when=place.never_when,
        )

    def _fits(self, fact: Fact, place: Place) -> None:
        """Each key of the entry means something for a field of this type."""
        stated = place.section.data if isinstance(place.section.data, dict) else {}
        spans = ("format", "timezone", "precision") if "valid" in stated else ()  # they are for the bounds, too
        for key, types in _MEANT_FOR.items():
            if key in stated and fact.type not in types and key not in spans:
                self.problems.append(
                    place.section.problem(
                        key,
                        message=f"`{key}` means nothing for `{fact.name}`, which is {fact.type.value}",
                        expected=f"`{key}` only for {' or '.join(t.value for t in types)}",
                        on_key=True,
                    )
                )
        if isinstance(place.origin, Constant):
            reading = Reading(fact.type, fact.one_of, place.values, zone=place.zone, format=place.format)
            cell = decoder(FieldPlan(fact.name, place.origin, reading))(place.origin.text)
            if cell is None or isinstance(cell, Unknown):
                self.problems.append(
                    place.section.problem(
                        "constant",
                        message=f"{quoted(place.origin.text)} is no value of `{fact.name}`",
                        expected=_no_value(fact, place.origin.text) or f"a value that is {fact.type.value}",
                        hint=did_you_mean(place.origin.text, fact.one_of or ()),
                    )
                )

    def _tables(self, mapping: Mapping) -> None:
        known = self.columns.get("tickets")
        if mapping.reduce is not None and known is not None:
            reduce = mapping.reduce
            for keys, name in ((("one_ticket_per",), reduce.key), (("order_by", "column"), reduce.order_by)):
                if name not in known:
                    self.problems.append(
                        mapping.root.problem(
                            "rows",
                            *keys,
                            message=f"the export has no column {quoted(name)}",
                            expected=f"one of {', '.join(map(quoted, known))}",
                            hint=did_you_mean(name, known),
                        )
                    )


def _normal(fact: Fact, value: str) -> str:
    """What a mapping's `values` rename to, as the decoder compares it."""
    return token(value) if fact.type in (FieldType.TOKEN, FieldType.TAGS, FieldType.BOOLEAN) else value


def _no_value(fact: Fact, value: str) -> str:
    """What was expected instead, if the field can have no such value."""
    match fact.type:
        case FieldType.LANGUAGE:
            return "" if language(value) is not None else "a BCP 47 tag such as en or pt-BR"
        case FieldType.BOOLEAN:
            return "" if value in ("true", "false") else "true or false"
        case _ if fact.one_of is not None and value not in {*fact.one_of, *VOCABULARY.get(fact.name, ())}:
            return f"one of {', '.join(fact.one_of)}"
        case _:
            return ""
