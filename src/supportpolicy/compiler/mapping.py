"""From a mapping document to a mapping: how each field of the ticket is read, before any input or policy is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from supportpolicy.compiler.assumptions import stated_assumptions
from supportpolicy.compiler.conditions import Conditions
from supportpolicy.compiler.mapping_schema import ENVELOPE, source_schema
from supportpolicy.compiler.problems import refusal
from supportpolicy.document import Document, Section, conform
from supportpolicy.errors import Problem, did_you_mean
from supportpolicy.expr.decode import BLANK
from supportpolicy.expr.nodes import reads
from supportpolicy.expr.plan import Exclusion, Reduce
from supportpolicy.expr.reading import Column, Constant, LookedUp, Measured, Origin
from supportpolicy.model.duration import DurationError, parse_duration
from supportpolicy.model.instant import Instant, InstantError, parse_instant, parse_naive
from supportpolicy.model.precision import Precision
from supportpolicy.model.rails_zones import zone_named
from supportpolicy.model.text import quoted, token
from supportpolicy.model.ticket import FIELDS, Fact, FieldType
from supportpolicy.model.time_format import FormatError, TimeFormat
from supportpolicy.model.zone import Zone, ZoneError, load_zone
from supportpolicy.plugin import Source

HEADING: Final = "supportpolicy-mapping"
"""The key that makes a document a mapping."""

_UNITS: Final = {"s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of `fields` or `lookups`, with all that it says but the field's type, which the policy may declare."""

    origin: Origin
    section: Section
    values: Dict[str, str]
    nulls: frozenset[str]
    empty: str | None
    never_when: tuple[str, frozenset[str]] | None
    format: TimeFormat | None
    zone: Zone | None
    precision: Precision | None
    measured: Measured | None
    separator: str
    optional: bool


@dataclass(frozen=True, slots=True)
class EventTable:
    """How the rows of a table become events: the column with the ticket's id, and what is read of each part of an event."""

    section: Section
    table: str
    ticket: str
    complete: bool
    parts: Dict[str, Place]


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one helpdesk's rows become tickets. `any_case` says that column names match in any case of A to Z."""

    root: Section
    source: str
    options: Dict[str, Any]
    canonical: bool
    any_case: bool
    fields: Dict[str, Place]
    events: EventTable | None
    not_recorded: tuple[str, ...]
    reduce: Reduce | None
    exclude: tuple[Exclusion, ...]
    exported_at: Instant | None
    assumed: Dict[str, str]

    @property
    def document(self) -> Document:
        return self.root.document

    def spelled(self, columns: Sequence[str]) -> Mapping:
        """The mapping with its columns as the export's header spells them, where their names match in any case."""
        if not self.any_case:
            return self
        known = {_lower(column): column for column in columns}

        def told(name: str) -> str:
            return known.get(_lower(name), name)

        def placed(place: Place) -> Place:
            never_when = (told(place.never_when[0]), place.never_when[1]) if place.never_when else None
            origin = Column(told(place.origin.name)) if isinstance(place.origin, Column) else place.origin
            return replace(place, origin=origin, never_when=never_when)

        reduce = self.reduce
        if reduce is not None:
            reduce = replace(reduce, key=told(reduce.key), order_by=told(reduce.order_by))
        fields = MappingProxyType({name: placed(place) for name, place in self.fields.items()})
        return replace(self, fields=fields, reduce=reduce)  # tables of their own have headers of their own

    @property
    def joined(self) -> Dict[str, tuple[str, ...]]:
        """The tables that the mapping joins, each with the fields that come from it."""
        tables: dict[str, tuple[str, ...]] = {}
        if self.events is not None:
            tables[self.events.table] = ("events",)
        for name, place in self.fields.items():
            if isinstance(place.origin, LookedUp):
                tables[place.origin.table] = (*tables.get(place.origin.table, ()), name)
        return tables


def compile_mapping(document: Document, sources: Dict[str, Source]) -> Mapping:
    """The mapping that the document states; raises DocumentError with every problem found."""
    draft = _Draft(document, sources)
    mapping = draft.mapping()
    if draft.problems or mapping is None:
        raise refusal(draft.problems)
    return mapping


def _lower(name: str) -> str:
    """A to Z lowered, and no other letter."""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in name)


class _Draft:
    def __init__(self, document: Document, sources: Dict[str, Source]) -> None:
        self.sources = sources
        self.root, found = conform(document, ENVELOPE)
        self.problems: list[Problem] = list(found)

    def mapping(self) -> Mapping | None:
        options = self._options()
        if self.problems:
            return None
        data = self.root.data
        self.zone = self._zone("timezone")
        canonical = data.get("records") == "canonical"
        self._shape(canonical)
        fields = {name: self._place(("fields", name)) for name in data.get("fields", {})}
        for name in data.get("lookups", {}):
            if name in fields:
                self._problem("lookups", name, message="this field is under `fields` too", expected="one of the two")
            fields[name] = self._place(("lookups", name))
        self._names(fields)
        events = self._events(fields) if "events" in data else None
        conditions = Conditions(_known(fields), None, self.problems, open_tokens=True)
        exclude = tuple(
            Exclusion(item["reason"], conditions.compile(self.root, ("exclude", i, "when")))
            for i, item in enumerate(data.get("exclude", []))
        )
        if not canonical:
            self._asked(exclude, fields)
        return Mapping(
            root=self.root,
            source=data["source"]["name"],
            options=MappingProxyType({k: v for k, v in options.items() if k != "name"}),
            canonical=canonical,
            any_case=options.get("columns") == "by_name_any_case",
            fields=MappingProxyType(fields),
            events=events,
            not_recorded=tuple(data.get("not_recorded", ())),
            reduce=self._reduce(),
            exclude=exclude,
            exported_at=self._exported_at(),
            assumed=MappingProxyType(stated_assumptions(self.root, self.problems)),
        )

    def _options(self) -> Dict[str, Any]:
        stated = self.root.data.get("source") if isinstance(self.root.data, dict) else None
        name = stated.get("name") if isinstance(stated, dict) else None
        if not isinstance(name, str):
            return {}
        if name not in self.sources:
            self._problem(
                "source",
                "name",
                message=f"there is no source {quoted(name)}",
                expected=f"one of {', '.join(sorted(self.sources))}",
                hint=did_you_mean(name, self.sources),
            )
            return {}
        section, found = conform(self.root.at("source"), source_schema(self.sources[name]))
        self.problems.extend(found)
        return section.data if isinstance(section.data, dict) else {}

    def _shape(self, canonical: bool) -> None:
        data = self.root.data
        if canonical:
            for key in ("fields", "lookups", "events", "rows", "nulls"):
                if key in data:
                    self._problem(key, message="`records: canonical` rows are tickets already", on_key=True)
        elif "id" not in data.get("fields", {}):
            self._problem(
                *(("fields",) if "fields" in data else ()),
                message="no field `id`",
                expected="`id:` with the column that identifies a ticket, or `records: canonical`",
            )

    def _events(self, fields: Dict[str, Place]) -> EventTable:
        section = self.root.at("events")
        table: str = section.data["table"]
        looked_up = {place.origin.table for place in fields.values() if isinstance(place.origin, LookedUp)}
        if table in looked_up:
            self._problem(
                "events", "table", message=f"{quoted(table)} is a table of `lookups`", expected="another table"
            )
        if "events" in self.root.data.get("not_recorded", ()):
            self._problem("events", message="`events` are under `not_recorded` too", expected="one of the two")
        parts = {name: self._place(("events", "fields", name)) for name in section.data["fields"]}
        for name, place in parts.items():
            if place.measured is not None:
                self._problem("events", "fields", name, "elapsed", message="an event has no duration", on_key=True)
        return EventTable(
            section, table, section.data["ticket"], section.data.get("complete", False), MappingProxyType(parts)
        )

    def _place(self, path: tuple[str, ...]) -> Place:
        stated = self.root.at(*path).data
        entry: dict[str, Any] = {"column": stated} if isinstance(stated, str) else stated
        empty = entry.get("empty")
        never_when = None
        if isinstance(empty, dict):
            told = empty["never_when"]
            never_when = (told["column"], frozenset(text.strip(BLANK) for text in told["in"]))
            empty = "unknown"
        nulls = entry.get("nulls", self.root.data.get("nulls", []))
        return Place(
            origin=self._origin(path, entry),
            section=self.root.at(*path),
            values=MappingProxyType(self._values(path, entry)),
            nulls=_blanks(nulls),
            empty=empty,
            never_when=never_when,
            format=self._format(path, entry),
            zone=self._zone(*path, "timezone") if "timezone" in entry else self.zone,
            precision=self._precision(path, entry),
            measured=self._measured(path, entry),
            separator=entry.get("separator", ""),
            optional=entry.get("optional", False),
        )

    def _values(self, path: tuple[str, ...], entry: dict[str, Any]) -> dict[str, str]:
        """By normal form what each spelling stands for."""
        values: dict[str, str] = {}
        spelt: dict[str, str] = {}
        for raw, value in entry.get("values", {}).items():
            word = token(raw)
            first = spelt.setdefault(word, raw)
            if values.setdefault(word, value) != value:
                self._problem(
                    *path,
                    "values",
                    raw,
                    message=f"{quoted(raw)} is {quoted(first)} once more, with another value",
                    expected="each spelling once, whatever its case and white space",
                    on_key=True,
                )
        return values

    def _origin(self, path: tuple[str, ...], entry: dict[str, Any]) -> Origin:
        if path[0] == "lookups":
            key = entry["key"]
            valid = entry.get("valid")
            return LookedUp(
                entry["table"], key, entry.get("match", key), entry["value"], tuple(valid) if valid else None
            )
        kinds = [kind for kind in ("column", "constant", "elapsed") if kind in entry]
        if len(kinds) != 1:
            self._problem(
                *path,
                message=f"states {' and '.join(kinds)}" if kinds else "does not say where it stands",
                expected="one of column, constant or elapsed",
            )
        if "constant" in entry:
            return Constant(entry["constant"])
        return Column(entry.get("column", entry.get("elapsed", "")))

    def _measured(self, path: tuple[str, ...], entry: dict[str, Any]) -> Measured | None:
        if "elapsed" not in entry:
            for key in ("unit", "clock"):
                if key in entry:
                    self._problem(*path, key, message=f"`{key}` goes with `elapsed`", on_key=True)
            return None
        for key in ("unit", "clock"):
            if key not in entry:
                self._problem(
                    *path,
                    message=f"a measured duration says no `{key}`",
                    expected={
                        "unit": "unit: m (or s, h, d)",
                        "clock": "clock: 24x7, or the name of the vendor's clock",
                    }[key],
                )
        return Measured(_UNITS[entry.get("unit", "s")], entry.get("clock", ""))

    def _format(self, path: tuple[str, ...], entry: dict[str, Any]) -> TimeFormat | None:
        if "format" not in entry:
            return None
        try:
            return TimeFormat.compile(entry["format"])
        except FormatError as error:
            self.problems.append(
                self.root.problem(
                    *path,
                    "format",
                    message=error.message,
                    expected=error.expected,
                    hint=error.hint,
                    offset=error.position,
                )
            )
            return None

    def _precision(self, path: tuple[str, ...], entry: dict[str, Any]) -> Precision | None:
        if "precision" not in entry:
            return None
        stated = entry["precision"]
        try:
            return Precision(parse_duration(stated["unit"]).us, stated["by"])
        except DurationError as error:
            self._problem(*path, "precision", "unit", message=error.message, expected=error.expected, hint=error.hint)
            return None

    def _zone(self, *path: str) -> Zone | None:
        name = self.root.at(*path).data
        if name is None:
            return None
        try:
            return load_zone(zone_named(name))
        except ZoneError as error:
            self._problem(*path, message=str(error))
            return None

    def _exported_at(self) -> Instant | None:
        text = self.root.data.get("exported_at")
        if text is None:
            return None
        try:
            return parse_instant(text)
        except InstantError as error:
            if self.zone is None:
                self._problem("exported_at", message=str(error), expected="an instant with its offset, or `timezone:`")
                return None
        try:
            found = self.zone.local_to_utc(parse_naive(text))
        except InstantError as error:
            self._problem("exported_at", message=str(error), expected="an instant such as 2017-02-18T15:00")
            return None
        if found is None:
            self._problem("exported_at", message="this local time does not exist", hint="the clocks were put forward")
        return found

    def _reduce(self) -> Reduce | None:
        rows = self.root.data.get("rows")
        if rows is None:
            return None
        order = rows["order_by"]
        return Reduce(
            rows["one_ticket_per"],
            rows["keep"],
            order["column"],
            order["as"] == "integer",
            rows["ties"],
            _blanks(self.root.data.get("nulls", ())),
        )

    def _names(self, fields: Dict[str, Place]) -> None:
        """What the names of fields must not be, whatever the policy: it may declare facts of its own."""
        for name, place in fields.items():
            if name == "events":
                self._problem(
                    "fields",
                    name,
                    message="events are not read from a column",
                    expected="`events:` with the table that lists them",
                )
            if isinstance(place.origin, LookedUp):
                self._key(name, place.origin, fields)
        for i, name in enumerate(self.root.data.get("not_recorded", ())):
            if name in fields:
                self._problem("not_recorded", i, message=f"`{name}` is mapped", expected="a field without a mapping")

    def _key(self, name: str, origin: LookedUp, fields: Dict[str, Place]) -> None:
        """The key of a lookup is a mapped text or token, and does not come to be known by the lookup itself."""
        key = origin.key
        if key not in fields:
            self._problem(
                "lookups",
                name,
                "key",
                message=f"the field {quoted(key)} is not mapped",
                expected="a field under `fields`",
                hint=did_you_mean(key, fields),
            )
        elif FIELDS.get(key, FieldType.TEXT) not in (FieldType.TEXT, FieldType.TOKEN):
            self._problem(
                "lookups", name, "key", message=f"`{key}` is {FIELDS[key].value}", expected="a text or token field"
            )
        trail = [name]
        while isinstance(place := fields.get(trail[-1]), Place) and isinstance(place.origin, LookedUp):
            if place.origin.key in trail:
                if place.origin.key == name:
                    circle = " -> ".join([*trail, name])
                    self._problem("lookups", name, "key", message=f"the lookups need each other in a circle: {circle}")
                return
            trail.append(place.origin.key)

    def _asked(self, exclude: tuple[Exclusion, ...], fields: Dict[str, Place]) -> None:
        """What an exclusion asks of must be mapped, or it would silently exclude nothing."""
        for i, exclusion in enumerate(exclude):
            for name in reads(exclusion.when):
                if name not in fields:
                    self._problem(
                        "exclude",
                        i,
                        "when",
                        message=f"the field {quoted(name)} is not mapped, so this excludes nothing",
                        expected="a field under `fields`",
                        hint=did_you_mean(name, fields),
                    )

    def _problem(
        self, *path: str | int, message: str, expected: str = "", hint: str = "", on_key: bool = False
    ) -> None:
        self.problems.append(self.root.problem(*path, message=message, expected=expected, hint=hint, on_key=on_key))


def _blanks(nulls: Iterable[str]) -> frozenset[str]:
    """The texts that count as an empty cell."""
    return frozenset({"", *(text.strip(BLANK) for text in nulls)})


def _known(fields: Dict[str, Place]) -> dict[str, Fact]:
    """Mapped names that are no field of every ticket: tokens, as far as a mapping can know."""
    return {name: Fact(name, FieldType.TOKEN) for name in fields if name not in FIELDS}
