"""The suite for sources."""

from __future__ import annotations

import gzip
import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from supportpolicy.compiler.mapping_schema import source_schema
from supportpolicy.compiler.plan import compile_plan
from supportpolicy.document import conform, parse_document
from supportpolicy.errors import InputError
from supportpolicy.model.finding import Rejected, Tally
from supportpolicy.model.instant import parse_instant
from supportpolicy.plugin import Detected, Probe, Row, RunOptions, Scan, Snapshot, Source
from supportpolicy.testing.conformance.damage import damaged
from supportpolicy.testing.conformance.requirement import during, require, require_equal, require_words, shown
from supportpolicy.testing.conformance.schemas import check_schema
from supportpolicy.testing.conformance.workbench import built_ins, mapping_of, policy_of, run

HEAD: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class SourceSample:
    """A file that the source reads: what lies on disk, how many records it holds, and how many of them cannot be read.

    `options` are the keys beside `name` in a mapping's `source:`. `detected` is false for a file that only a user who
    names the source can know to be its own, `lines` for one that has no lines: its records are no runs of bytes in it.
    """

    name: str
    content: bytes
    read: int
    rejected: int = 0
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    detected: bool = True
    lines: bool = True


_FOREIGN: Final[tuple[tuple[str | None, bytes], ...]] = (
    ("csv", b"number,opened,priority\n1,2021-03-01 08:00,high\n2,2021-03-01 09:30,low\n"),
    ("jsonl", b'{"id": "1", "submitted": "2021-03-01T08:00:00Z"}\n{"id": "2"}\n'),
    (None, b""),
    (None, b"\n\r\n\n"),
    (None, b"\0" * 512),
    (None, b"".join(hashlib.sha256(bytes([n])).digest() for n in range(64))),
)
"""Inputs of others, with the built-in source that reads them, None where none does."""

_LATE: Final = parse_instant("9999-12-31T00:00:00Z")
_POLICY: Final = """\
supportpolicy: 1
id: conformance
title: Conformance
clauses:
  identified: {section: Preamble, says: A ticket has an id.}
rules:
  identified: {kind: duty, clause: identified, require: {id: {present: true}}}
"""


def check_source(source: Source, *samples: SourceSample) -> None:
    """Check that the source keeps its contract on the samples, and on what becomes of them when they are damaged.

    Raises AssertionError with what was expected and what was found. Give at least one sample with a record that can be
    read, and one with a record that cannot if the format has such a thing.
    """
    name = f"source {source.name!r}"
    require_words(f"the summary of {name}", source.summary)
    check_schema(name, source.schema, reserved=("name",))
    require(any(s.read > s.rejected for s in samples), f"{name}: give a sample with a record that can be read")
    _check_options(source, samples)
    for owner, content in _FOREIGN:
        _check_foreign(source, owner, content)
    with tempfile.TemporaryDirectory() as folder:
        for sample in samples:
            what = f"{name}, sample {sample.name!r}"
            path = Path(folder) / sample.name
            path.write_bytes(sample.content)
            _check_detection(what, source, sample)
            _check_reading(what, source, sample, path)
            _check_several(what, source, sample, path)
            _check_compressed(what, source, sample, path)
            _check_tickets(what, source, sample, path)
            for damage, content in damaged(_unpacked(sample.content)):
                path.write_bytes(content)
                _survives(f"{what} {damage}", source, sample, path, content)
            path.unlink()
        _check_no_file(name, source, samples[0].options, Path(folder))


def _unpacked(content: bytes) -> bytes:
    return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content


# --- options and detection --------------------------------------------------------------------------------------------
def _check_options(source: Source, samples: Sequence[SourceSample]) -> None:
    from jsonschema import Draft202012Validator

    schema = source_schema(source)
    for sample in samples:
        wrong = [e.message for e in Draft202012Validator(schema).iter_errors({"name": source.name, **sample.options})]
        require(not wrong, f"the options of sample {sample.name!r} do not conform to the schema: {'; '.join(wrong)}")
    document = parse_document(f"name: {source.name}\nno-such-option: 1\n".encode(), "mapping.yaml")
    _, problems = conform(document, schema)
    places = [problem.place.line for problem in problems if problem.place and "no-such-option" in str(problem)]
    require_equal(places, [2], f"the lines at which source {source.name!r} refuses an unknown option")


def _check_foreign(source: Source, owner: str | None, content: bytes) -> None:
    if owner == source.name:
        return
    probe = Probe("input", content)
    with during(f"recognising {shown(content[:80])}"):
        detected = source.detect(probe)
    if detected is None:
        return
    what = f"source {source.name!r} claims {shown(content[:80])} with certainty {detected.certainty}"
    require(owner is not None, f"{what}, which is no input at all")
    assert owner is not None
    rightful = built_ins().sources[owner].detect(probe)
    assert rightful is not None
    require(
        detected.certainty < rightful.certainty, f"{what}; it is {owner}'s, which claims it with {rightful.certainty}"
    )


def _check_detection(what: str, source: Source, sample: SourceSample) -> None:
    content = _unpacked(sample.content)
    probe = Probe(sample.name, content[:HEAD])
    for cut in {*range(min(len(content), 64)), *(len(content) * n // 64 for n in range(64))}:
        with during(f"{what}: recognising its first {cut} bytes"):
            source.detect(Probe(sample.name, content[:cut]))
    with during(f"{what}: recognising it"):
        detected = source.detect(probe)
        require_equal(source.detect(probe), detected, f"{what}: recognising it again")
    if not sample.detected:
        return
    require(isinstance(detected, Detected), f"{what}: it is not recognised")
    assert detected is not None
    require(1 <= detected.certainty <= 100, f"{what}: the certainty is {detected.certainty}, not from 1 to 100")
    require_words(f"{what}: `because`", detected.because)
    for rival in built_ins().sources.values():
        claimed = rival.detect(probe) if rival.name != source.name else None
        require(
            claimed is None or claimed.certainty < detected.certainty,
            f"{what}: {rival.name} claims it with certainty {claimed.certainty if claimed else 0}, "
            f"this source only with {detected.certainty}",
        )


# --- reading ----------------------------------------------------------------------------------------------------------
def _check_reading(what: str, source: Source, sample: SourceSample, path: Path) -> None:
    """Opened as tickets and as a lookup table; rows and tallies are what the sample says."""
    content = _unpacked(sample.content)
    for table in ("tickets", "organizations"):
        with during(f"{what}: opening it as {table}"):
            snapshot = source.open([str(path)], sample.options, table)
        scan = _table(what, snapshot, table)
        _check_inputs(what, snapshot, table, [path])
        tally = _check_scan(what, scan, table, {str(path): content}, sample.lines)[0]
        require_equal(tally.read, sample.read, f"{what}: records read")
        require_equal(tally.rejected, sample.rejected, f"{what}: records rejected")


def _table(what: str, snapshot: Snapshot, table: str) -> Scan:
    require(isinstance(snapshot, Snapshot), f"{what}: `open` gave {shown(snapshot)}; expected a Snapshot")
    require_equal(sorted(snapshot.tables), [table], f"{what}: the tables opened as {table!r}")
    return snapshot.tables[table]


def _check_inputs(what: str, snapshot: Snapshot, table: str, paths: Sequence[Path]) -> None:
    found = [(i.name, i.table, i.size, i.sha256) for i in snapshot.inputs]
    expected = [
        (str(path), table, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()) for path in paths
    ]
    require_equal(found, expected, f"{what}: the inputs (name as typed, table, size, sha256)")


def _check_scan(what: str, scan: Scan, table: str, contents: Mapping[str, bytes], lines: bool) -> tuple[Tally, ...]:
    """The scan gives the same again and again, every record stands where it says, and the tallies add up."""
    with during(f"{what}: reading its rows"):
        rows = list(scan.rows())
        tallies = scan.tallies()
    with during(f"{what}: reading its rows again"):
        for _ in scan.rows():  # left before its end
            break
        again = list(zip(scan.rows(), scan.rows(), strict=True))
    require_equal([one for one, _ in again], rows, f"{what}: the rows at the second reading")
    require_equal([other for _, other in again], rows, f"{what}: the rows of two readings at once")
    require_equal(scan.tallies(), tallies, f"{what}: the tallies after the second reading")
    _check_columns(what, scan, rows)
    require_equal([t.file for t in tallies], list(contents), f"{what}: the files of the tallies")
    by_file = {file: list(group) for file, group in groupby(rows, key=lambda row: row.place.file)}
    for tally in tallies:
        _check_tally(what, tally, table, by_file.get(tally.file, []))
        check = _check_lines if lines else _check_no_lines
        check(what, tally, by_file.get(tally.file, []), contents[tally.file])
        require(tally.adds_up, f"{what}: the tally does not add up: {tally}")
    return tallies


def _check_columns(what: str, scan: Scan, rows: Sequence[Row | Rejected]) -> None:
    columns = scan.columns
    if columns is not None:
        require(bool(columns) and all(isinstance(c, str) for c in columns), f"{what}: the columns are {shown(columns)}")
        require_equal(sorted(set(columns)), sorted(columns), f"{what}: the columns, each once")
    for row in rows:
        if isinstance(row, Rejected):
            continue
        if columns is None:
            require(isinstance(row.values, Mapping), f"{what}: {row.place} holds {shown(row.values)}, not an object")
        else:
            fits = not isinstance(row.values, Mapping) and len(row.values) == len(columns)
            require(fits, f"{what}: {row.place} holds {shown(row.values)}, not a cell for each of {shown(columns)}")


def _check_tally(what: str, tally: Tally, table: str, rows: Sequence[Row | Rejected]) -> None:
    rejected = [row for row in rows if isinstance(row, Rejected)]
    require_equal(tally.table, table, f"{what}: the table of the tally")
    require_equal(tally.read, len(rows), f"{what}: `read` of the tally, by the rows given")
    require_equal(tally.rejected, len(rejected), f"{what}: `rejected` of the tally, by the rows given")
    for number, row in enumerate(rows, 1):
        require_equal(row.place.record, number, f"{what}: the number of the record after {number - 1} others")
    for row in rejected:
        require(bool(row.raw), f"{what}: {row.place} is rejected, and its bytes are not kept")
        require_words(f"{what}: the reason why {row.place} is rejected", row.reason)
        require_equal(row.table, table, f"{what}: the table of the rejected row {row.place}")


def _check_no_lines(what: str, tally: Tally, rows: Sequence[Row | Rejected], _: bytes) -> None:
    """Records are found by their number, and their number is what the file says."""
    require_equal(tally.line_feeds, None, f"{what}: `line_feeds` of the tally of a file without lines")
    require(tally.stated is not None, f"{what}: `stated` of the tally is None; expected what the file says it holds")
    for row in rows:
        require_equal(row.place.line, row.place.record, f"{what}: the line of {row.place}, in a file without lines")
        if isinstance(row, Rejected):
            require_equal(row.offset, None, f"{what}: the first byte of {row.place}, in a file without lines")


def _check_lines(what: str, tally: Tally, rows: Sequence[Row | Rejected], content: bytes) -> None:
    """Every record stands on its line, byte for byte."""
    feeds = content.count(b"\n") + (content[-1:] not in (b"", b"\n"))
    require_equal(tally.line_feeds, feeds, f"{what}: `line_feeds` of the tally, by the bytes of the file")
    starts = [0, *(feed.end() for feed in re.finditer(b"\n", content)), len(content)]
    after = 0
    for row in rows:
        place = row.place
        require(0 < place.line < len(starts), f"{what}: {place} lies on no line of the file")
        first, end = starts[place.line - 1], starts[place.line]
        require(end > after, f"{what}: {place} does not lie behind the record before it")
        if isinstance(row, Rejected):
            require(row.offset is not None, f"{what}: {place} does not say at which byte it begins")
            assert row.offset is not None
            require(row.offset >= after, f"{what}: {place} does not lie behind the record before it")
            require(first <= row.offset < end, f"{what}: byte {row.offset} is not on the line of {place}")
            start = row.offset
        else:
            start = content.find(row.raw, max(first, after), end + len(row.raw) - 1)
        found = content[start : start + len(row.raw)] if start >= 0 else b""
        require_equal(row.raw, found, f"{what}: the raw bytes of {place}, by those in the file")
        after = start + len(row.raw)


def _check_several(what: str, source: Source, sample: SourceSample, path: Path) -> None:
    """Two files are one table: the rows of the first, then those of the second."""
    other = path.with_name(f"2-{path.name}")
    other.write_bytes(sample.content)
    with during(f"{what}: opening two files"):
        snapshot = source.open([str(path), str(other)], sample.options, "tickets")
    scan = _table(what, snapshot, "tickets")
    _check_inputs(what, snapshot, "tickets", [path, other])
    content = _unpacked(sample.content)
    _check_scan(f"{what}, twice", scan, "tickets", {str(path): content, str(other): content}, sample.lines)
    other.unlink()


def _check_compressed(what: str, source: Source, sample: SourceSample, path: Path) -> None:
    """A gzip file is read as what it holds, or refused; never misread."""
    if _unpacked(sample.content) is not sample.content:
        return
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(sample.content, mtime=0))
    with during(f"{what}, gzipped"):
        try:
            snapshot = source.open([str(packed)], sample.options, "tickets")
            rows = list(_table(what, snapshot, "tickets").rows())
        except InputError:
            return
        _check_inputs(f"{what}, gzipped", snapshot, "tickets", [packed])
    plain = list(source.open([str(path)], sample.options, "tickets").tables["tickets"].rows())
    require_equal([row.raw for row in rows], [row.raw for row in plain], f"{what}: its rows, gzipped")
    packed.unlink()


# --- tickets ----------------------------------------------------------------------------------------------------------
def _check_tickets(what: str, source: Source, sample: SourceSample, path: Path) -> None:
    """The mapping that the source brings compiles, names the source, and makes tickets of the sample."""
    mapping = None
    if source.mapping is not None:
        with during(f"{what}: the mapping that the source brings"):
            text = source.mapping()
            mapping = mapping_of(text, {source.name: source})
        require_equal(mapping.source, source.name, f"{what}: the source that the mapping names")
    if mapping is None and not source.canonical:
        return
    options = mapping.options if mapping else {}
    with during(f"{what}: judging its tickets"):
        scan = source.open([str(path)], {**options, **sample.options}, "tickets").tables["tickets"]
        policy = policy_of([_POLICY], built_ins().rule_kinds)
        plan = compile_plan(policy, mapping, {"tickets": scan.columns})
        totals = run(built_ins().engines["reference"], plan, {"tickets": scan}, RunOptions(as_of=_LATE)).totals
    require_equal(totals.judged + sum(totals.excluded.values()), totals.formed, f"{what}: tickets formed")
    require(totals.formed > 0 or sample.read == sample.rejected, f"{what}: no ticket is formed")
    if totals.judged:
        identified = next(iter(totals.rules.values())).passed
        require(identified > 0, f"{what}: of {totals.judged} tickets judged none has an id")


# --- what cannot be read ----------------------------------------------------------------------------------------------
def _survives(what: str, source: Source, sample: SourceSample, path: Path, content: bytes) -> None:
    """The file is refused as a whole, or every record in it is read or rejected."""
    with during(f"{what}: opening it"):
        try:
            scan = _table(what, source.open([str(path)], sample.options, "tickets"), "tickets")
            list(scan.rows())
        except InputError as error:
            _check_refusal(what, error, path)
            return
    _check_scan(what, scan, "tickets", {str(path): content}, sample.lines)


def _check_no_file(name: str, source: Source, options: Mapping[str, Any], folder: Path) -> None:
    for what, path in (("a file that is not there", folder / "missing.input"), ("a folder", folder)):
        with during(f"{name}: opening {what}"):
            try:
                snapshot = source.open([str(path)], options, "tickets")
                list(_read(snapshot))
            except InputError as error:
                _check_refusal(f"{name}: opening {what}", error, path)
                continue
        raise AssertionError(f"{name}: opening {what} raises nothing; expected InputError")


def _read(snapshot: Snapshot) -> Iterator[Row | Rejected]:
    for scan in snapshot.tables.values():
        yield from scan.rows()


def _check_refusal(what: str, error: InputError, path: Path) -> None:
    for problem in error.problems:
        require_words(f"{what}: the message of the refusal", problem.message)
        named = problem.place is not None and problem.place.file == str(path)
        require(named, f"{what}: the refusal does not name the file as it was typed: {problem}")
