"""The suite for reports."""

from __future__ import annotations

import io
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, NoReturn

from supportpolicy.model.finding import Item, Totals
from supportpolicy.model.verdict import Verdict
from supportpolicy.plugin import Head, Report
from supportpolicy.plugin.records import ColumnWriter, ExitCode, ReportOptions
from supportpolicy.testing.conformance import report_sample as sample
from supportpolicy.testing.conformance.requirement import during, require, require_equal, require_words

_SUFFIX: Final = re.compile(r"(\.[a-z0-9]+)+")
_ELSEWHERE: Final = {
    "TZ": "Asia/Kathmandu",
    "LANG": "C",
    "LC_ALL": "C",
    "COLUMNS": "33",
    "NO_COLOR": "1",
    "TERM": "dumb",
}

_PLAIN: Final = ReportOptions()


def check_report(report: Report, *, text: bool = True, totals: bool = True) -> None:
    """Check that the report keeps its contract on an audit full of hostile texts, and on an empty one.

    `text` is false for a format that is no text, `totals` for one that holds findings only. Raises AssertionError with
    what was expected and what was found.
    """
    name = f"report {report.name!r}"
    require_words(f"the summary of {name}", report.summary)
    require(
        bool(_SUFFIX.fullmatch(report.suffix)), f"the suffix of {name} is {report.suffix!r}; expected one like .txt"
    )
    items = list(sample.items())
    whole = _written(name, report, [items])
    with _elsewhere():
        require_equal(_written(name, report, [items]), whole, f"{name}: its bytes in another environment")
    for size in (1, 7):
        batches = [items[start : start + size] for start in range(0, len(items), size)]
        again = _written(name, report, [[], *batches, []])
        require_equal(again, whole, f"{name}: its bytes where findings come in batches of {size}")
    today = datetime.now(UTC).date().isoformat().encode()
    require(today not in whole, f"{name}: it holds today's date; the same inputs must give the same bytes")
    if text:
        _check_text(name, whole, totals)
    _check_options(name, report, items)
    with during(f"{name}: an audit without a ticket"):
        head, none, code = sample.nothing()
        _write(report, head, [], none, code, _PLAIN)
        _write(report, head, [[]], none, code, ReportOptions(terminal=80))


def _check_text(name: str, whole: bytes, totals: bool) -> None:
    with during(f"{name}: reading it as UTF-8"):
        written = whole.decode("utf-8")
    for character in sorted(set(written) - set("\n\r\t")):
        require(
            unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp"),
            f"{name}: U+{ord(character):04X} stands in it unescaped; a terminal or an editor would obey it",
        )
    for ticket in sample.PLAIN_VIOLATIONS:
        require(ticket in written, f"{name}: the violation on ticket {ticket} is not in it")
    require("first-response" in written, f"{name}: the rule first-response is not in it")
    if totals:
        require("conformance-policy" in written, f"{name}: the id of the policy is not in it")
        numbers = {int(re.sub(r"\D", "", found)) for found in re.findall(r"\d+(?:[,_'.\u00a0\u202f ]\d{3})*", written)}
        for what, number in (
            ("tickets formed", sample.FORMED),
            ("tickets judged", sample.JUDGED),
            ("tickets excluded", sample.EXCLUDED),
            ("tickets that pass first-response", 701),
            ("unknown verdicts of first-response", 47),
        ):
            require(number in numbers, f"{name}: the number of {what}, {number}, is not in it")


def _check_options(name: str, report: Report, items: Sequence[Item]) -> None:
    for width in (1, 20, 80, 500):
        for color in (False, True):
            _written(f"{name}, {width} columns wide", report, [items], ReportOptions(width, color))
    everything = [item for item in items if getattr(item, "verdict", None) is not Verdict.FAIL]
    _written(f"{name}, without a violation", report, [everything])


def _written(name: str, report: Report, batches: Sequence[Sequence[Item]], options: ReportOptions = _PLAIN) -> bytes:
    with during(f"{name}: writing it"):
        return _write(report, sample.head(), batches, sample.totals(), sample.exit_code(), options)


def _write(
    report: Report,
    head: Head,
    batches: Sequence[Sequence[Item]],
    totals: Totals,
    exit_code: ExitCode,
    options: ReportOptions,
) -> bytes:
    pipe = _Pipe()
    writer = report.open(head, pipe, options)
    require_equal(
        isinstance(writer, ColumnWriter), report.columnar, f"report {report.name!r}: `columnar`, by its writer"
    )
    for batch in batches:
        writer.batch(batch)
    writer.close(totals, exit_code)
    require(not pipe.shut, f"report {report.name!r} closes the stream, which is its owner's")
    return pipe.getvalue()


class _Pipe(io.BytesIO):
    """A stream that can only be written to, as stdout is where it is piped, and that knows whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.shut = False

    def close(self) -> None:
        self.shut = True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0, /) -> NoReturn:
        raise io.UnsupportedOperation(f"seek({offset}, {whence}): a report is written from its beginning to its end")

    def tell(self) -> NoReturn:
        raise io.UnsupportedOperation("tell(): a pipe has no position")


@contextmanager
def _elsewhere() -> Iterator[None]:
    """Another machine, as far as its environment tells."""
    before = {key: os.environ.get(key) for key in _ELSEWHERE}
    os.environ.update(_ELSEWHERE)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value
