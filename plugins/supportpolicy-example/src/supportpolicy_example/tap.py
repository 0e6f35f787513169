"""The report `example-tap`: the Test Anything Protocol, version 14, which many CI servers show.

Each finding is a diagnostic line, each rule a test: not ok where it is violated, and to do where verdicts are unknown.
The last test is that every row could be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import BinaryIO, Final

from supportpolicy.model.finding import Counts, Finding, Item, Totals
from supportpolicy.model.text import printable
from supportpolicy.model.verdict import OnFail
from supportpolicy.plugin import Head, Report, Writer
from supportpolicy.plugin.records import ExitCode, ReportOptions


class TapWriter:
    """Writes each finding as it comes; holds nothing."""

    def __init__(self, head: Head, out: BinaryIO) -> None:
        self._head = head
        self._out = out
        self._line("TAP version 14")
        self._line(f"# policy {head.policy_id}: {head.policy_title}")

    def batch(self, items: Sequence[Item]) -> None:
        """Take some findings; exclusions and rejected rows are only counted."""
        for item in items:
            if isinstance(item, Finding):
                ticket = f"{item.tickets} tickets" if item.ticket is None else item.ticket
                reason = f": {item.reason} ({item.field})" if item.reason else ""
                self._line(f"# {ticket}: {item.rule}: {item.verdict}{reason}")

    def close(self, totals: Totals, exit_code: ExitCode) -> None:
        """Write the tests and their plan."""
        several = len(self._head.revisions) > 1
        tests = [
            (f"{rule.id}@{revision.label}" if several else rule.id, rule.on_fail, counts)
            for revision in self._head.revisions
            for rule in revision.rules
            if (counts := totals.rules.get((revision.label, rule.id))) is not None
        ]
        for number, (name, on_fail, counts) in enumerate(tests, 1):
            broken = counts.failed > 0 and on_fail is OnFail.VIOLATION
            self._test(number, not broken and not counts.unknown, f"{name} ({_told(counts)})",
                       f"{counts.unknown} unknown" if counts.unknown and not broken else "")  # fmt: skip
        read, rejected = sum(t.read for t in totals.tallies), sum(t.rejected for t in totals.tallies)
        self._test(len(tests) + 1, not rejected, f"every row can be read ({read} read, {rejected} rejected)")
        self._line(f"1..{len(tests) + 1}")
        excluded = sum(totals.excluded.values())
        self._line(f"# tickets formed {totals.formed}, judged {totals.judged}, excluded {excluded}")
        self._line(f"# exit code {exit_code.code}")

    def _test(self, number: int, ok: bool, name: str, to_do: str = "") -> None:
        directive = f" # TODO {to_do}" if to_do else ""
        self._line(f"{'ok' if ok else 'not ok'} {number} - {name}{directive}")

    def _line(self, text: str) -> None:
        self._out.write(f"{printable(text)}\n".encode())


def _told(counts: Counts) -> str:
    words: Mapping[str, int] = {
        "pass": counts.passed,
        "fail": counts.failed,
        "open": counts.open,
        "not applicable": counts.not_applicable,
        "unknown": counts.unknown,
    }
    return ", ".join(f"{count} {word}" for word, count in words.items())


def _open(head: Head, out: BinaryIO, _options: ReportOptions) -> Writer:
    return TapWriter(head, out)


REPORT: Final = Report(
    name="example-tap",
    summary="Test Anything Protocol: each rule a test, each finding a diagnostic line.",
    suffix=".tap",
    open=_open,
)
