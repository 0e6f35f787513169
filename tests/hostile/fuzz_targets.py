"""What must hold of any bytes given to the readers: the targets of the fuzzers, here and in `fuzz/`."""

from __future__ import annotations

import atexit
import csv
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from supportpolicy.compiler.mapping import compile_mapping
from supportpolicy.compiler.plan import compile_plan
from supportpolicy.compiler.policy import compile_policy
from supportpolicy.document import parse_document
from supportpolicy.errors import DocumentError, InputError, Problem
from supportpolicy.model.duration import DurationError, parse_duration
from supportpolicy.model.finding import Rejected
from supportpolicy.model.instant import InstantError, format_instant, parse_instant, parse_time
from supportpolicy.model.time_format import FormatError, TimeFormat
from supportpolicy.plugin.registry import installed
from supportpolicy.sources.delimited import open_csv
from supportpolicy.sources.jsonl import parse

REGISTRY: Final = installed()
FOLDER: Final = Path(tempfile.mkdtemp(prefix="supportpolicy-fuzz-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
_YEAR: Final = re.compile("[0-9]{4}-")


def _told(error: DocumentError) -> None:
    """Every problem says what is wrong, and where in this very file."""
    assert error.problems
    for problem in error.problems:
        assert isinstance(problem, Problem)
        assert problem.message
        assert problem.place is not None
        assert problem.place.file == "fuzzed.yaml"
        str(problem).encode("utf-8", "backslashreplace")


def yaml(data: bytes) -> None:
    """Any bytes are a document or an error."""
    try:
        parse_document(data, "fuzzed.yaml")
    except DocumentError as error:
        _told(error)


def mapping(data: bytes) -> None:
    """Any document is a mapping or an error."""
    try:
        compile_mapping(parse_document(data, "fuzzed.yaml"), REGISTRY.sources)
    except DocumentError as error:
        _told(error)


def policy(data: bytes) -> None:
    """Any document is a policy that can be planned, or an error."""
    try:
        compiled = compile_policy([parse_document(data, "fuzzed.yaml")], REGISTRY.rule_kinds)
    except DocumentError as error:
        _told(error)
        return
    compile_plan(compiled, None, {"tickets": None})


def instant(data: bytes) -> None:
    """A text that is an instant is one that Python knows too, and comes back as it was; so do formats and durations."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        found = parse_instant(text)
    except InstantError:
        pass
    else:
        assert parse_time(text).offset_us is not None
        shown = format_instant(found)
        if _YEAR.match(shown) and not shown.startswith("0000"):
            assert parse_instant(shown) == found
        if not text.startswith("0000"):
            fraction = re.sub(r"\.([0-9]{1,9})", lambda match: "." + match[1][:6].ljust(6, "0"), text)
            python = datetime.fromisoformat(fraction.replace("t", "T").replace("z", "Z"))
            offset, ours = python.utcoffset(), parse_time(text).offset_us
            assert offset is not None
            assert ours == round(offset.total_seconds() * 1_000_000)
            assert (python.replace(tzinfo=None) - datetime(1970, 1, 1)) // datetime.resolution == found.lo + ours
    form, _, value = text.partition("|")
    with suppress(FormatError, InstantError):
        TimeFormat.compile(form).parse(value)
    with suppress(DurationError):
        parse_duration(text)


def csv_resume(data: bytes) -> None:
    """Nothing of a CSV file is lost, its totals add up, and Python's csv reads each accepted record the same."""
    name = FOLDER / "fuzzed.csv"
    content = b"id,note\n" + data
    name.write_bytes(content)
    scan = open_csv([str(name)], {}).tables["tickets"]
    at = 8
    starts = [0, *(feed.end() for feed in re.finditer(b"\n", content))]
    for item in scan.rows():
        start = starts[item.place.line - 1]
        assert content[at:start].strip(b"\r\n") == b""
        at = start + len(item.raw)
        assert content[start:at] == item.raw
        if isinstance(item, Rejected):
            assert item.offset == start
            assert item.reason
        else:
            (values,) = csv.reader([item.raw.decode()], strict=True)
            assert item.values == values[:2]
    assert content[at:].strip(b"\r\n") == b""
    assert scan.tallies()[0].adds_up


def utf16(data: bytes) -> None:
    """The same in UTF-16, whatever the bytes."""
    name = FOLDER / "fuzzed16.csv"
    content = "id,note\n".encode("utf-16-le") + data
    name.write_bytes(content)
    try:
        scan = open_csv([str(name)], {"encoding": "utf-16-le"}).tables["tickets"]
    except InputError:
        assert content.startswith((b"\x1f\x8b", b"\xfe\xff"))
        return
    at, ends = 16, "\r\n".encode("utf-16-le")
    for item in scan.rows():
        start = at
        if isinstance(item, Rejected):
            start = item.offset
        else:
            while content[start : start + 2] in (ends[:2], ends[2:]):
                start += 2
        assert content[at:start].replace(ends[:2], b"").replace(ends[2:], b"") == b""
        at = start + len(item.raw)
        assert content[start:at] == item.raw
    assert content[at:].replace(ends[:2], b"").replace(ends[2:], b"") == b""
    assert scan.tallies()[0].adds_up


def json_line(data: bytes) -> None:
    """Any line is an object or a reason."""
    found = parse(data.replace(b"\n", b" "))
    assert isinstance(found, dict) or found


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "yaml": yaml,
    "mapping": mapping,
    "policy": policy,
    "instant": instant,
    "csv": csv_resume,
    "utf16": utf16,
    "jsonl": json_line,
}
