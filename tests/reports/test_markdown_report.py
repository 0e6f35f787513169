"""The `markdown` report: a summary that shows what tickets hold and does none of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it.token import Token
from rendered import BREAK, OURS, paragraphs, tables, tokens
from sample_audit import clock, finding, head, items, place, totals, written
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension

from supportpolicy.model.cell import Reason
from supportpolicy.model.finding import Excluded, Finding, Item, Rejected, Unmapped
from supportpolicy.model.text import printable
from supportpolicy.model.verdict import Verdict
from supportpolicy.plugin.records import AuditInstant, ExitCode
from supportpolicy.reports import markdown
from supportpolicy.reports.gathering import named
from supportpolicy.reports.markup import code, prose
from supportpolicy.testing.conformance import check_report

OBEYED = re.compile(
    r"[@#!$~][\w]|%[\w\"]|&[0-9]|://|\bwww\.|:(?![0-9]{2}(?:Z|[^0-9a-z_]))[a-z0-9_+-]+:|\bGH-[0-9]|[{\[][+-]",
    re.IGNORECASE | re.ASCII,
)
"""What GitHub or GitLab would make something of in a finished page: mentions, references, links, emoji."""


class MarkdownFile(SingleFileSnapshotExtension):
    file_extension = "md"


def page(**more: Any) -> str:
    return written(markdown.REPORT, **more).decode()


def test_whole(snapshot: SnapshotAssertion) -> None:
    assert written(markdown.REPORT) == snapshot(extension_class=MarkdownFile)


def test_it_keeps_the_contract_of_reports() -> None:
    check_report(markdown.REPORT)


def test_the_answer_comes_first() -> None:
    said = paragraphs(page())
    assert said[0] == "Audit against: Memsource Technical Support Policy"
    assert said[1].startswith("The policy was not kept: 4 violations by the provider on 4 tickets")
    assert said[2].startswith("Most unknown verdicts, 18 of them, would be settled by the field reply_language")
    assert said[3] == "Exit code 3: 3 rows were rejected, more than --max-rejected 0; 2 more reasons at the end."


def test_rules_stand_in_a_table_with_rates_and_bounds() -> None:
    shown = tables(page())
    assert shown[0] == [
        ["rule", "section", "pass", "fail", "open", "n.a.", "unknown", "kept", "at least", "at most"],
        ["english-replies", "Support Policy", "0", "0", "0", "3", "18", "-", "0.00%", "100.00%"],
        ["first-response", "Table 1", "12", "2", "1", "3", "3", "83.33%", "62.50%", "87.50%"],
        ["reference-unique", "Handling Requests", "14", "2", "0", "3", "2", "85.71%", "75.00%", "87.50%"],
    ]
    assert [table[0][0] for table in shown[1:4]] == ["rule", "gate", "rule"]


def test_a_violation_shows_its_evidence_and_the_place_of_its_record() -> None:
    rows = [row for table in tables(page()) for row in table]
    assert [
        "4002",
        "submitted 2021-03-01T08:00:00Z, answered 2021-03-01T21:04:00Z, took 13h 4m, limit 12h in 24x7; basis: vendor field",
        "export/tickets.csv:3",
    ] in rows


def test_provenance_has_every_digest() -> None:
    shown = page()
    digests = {head().revisions[0].sha256, *(file.sha256 for file in head().inputs), head().mapping.sha256}  # type: ignore[union-attr]
    assert all(f"`{digest}`" in shown for digest in digests)


def test_it_warns_of_the_audit_instant() -> None:
    assert "Warning: 40 years ahead" in paragraphs(
        page(of=replace(head(), instant=AuditInstant(0, 0, None, "the newest", "40 years ahead")))
    )


# --- long lists -------------------------------------------------------------------------------------------------------
def violations(count: int) -> list[Finding]:
    evidence = clock("2021-03-01T08:00:00Z", "2021-03-01T21:04:00Z", "13h 4m", "2021-03-01T20:00:00Z")
    return [finding(f"Z-{n}", "first-response", Verdict.FAIL, evidence, record=n) for n in range(1, count + 1)]


@pytest.mark.parametrize("count", [1, 50, 51, 2_000])
def test_a_long_list_is_folded_and_whole(count: int) -> None:
    shown = page(things=violations(count))
    part = shown.partition("\n### Violations\n")[2].partition("\n### ")[0]
    first, details, folded = part.partition("<details>")
    assert [row[0] for table in tables(first) for row in table[1:]] == [f"Z-{n}" for n in range(1, min(count, 50) + 1)]
    assert bool(details) == (count > 50)
    if details:
        assert f"<summary>and {count - 50:,} more</summary>" in folded
        assert folded.rstrip().endswith("</details>")
        rows = tables(folded)
        assert len(rows) == 1, "the table within is one"
        assert [row[0] for row in rows[0][1:]] == [f"Z-{n}" for n in range(51, count + 1)]
    assert f"first-response: {count:,} violation{'s' if count > 1 else ''} by the provider" in paragraphs(part)


def test_long_lists_of_spellings_and_ids_are_folded_too() -> None:
    unmapped = tuple(Unmapped("edition", f"e{n}", 1, None) for n in range(70))
    shown = page(things=[], sums=replace(totals(), unmapped=unmapped, conflicting_ids=tuple(map(str, range(60)))))
    assert shown.count("<details>") == shown.count("</details>") == 2
    assert "<summary>and 20 more</summary>" in shown
    assert "<summary>and 10 more</summary>" in shown
    assert all(f"| `edition` | `e{n}` | 1 | - |\n" in shown for n in range(70))


# --- hostile content --------------------------------------------------------------------------------------------------
HOSTILE = st.one_of(
    st.text(st.characters(), max_size=30),
    st.text(st.sampled_from("\\`*_{}[]()#+-.!|~<>&;:=@$%^\"'/ \t\nawx10é\u200b"), max_size=40),
    st.lists(
        st.sampled_from(
            ["`", "``", "|", "\\|", "\\\\|", "\\", "<b>", "</details>", "<!--", "-->", "@ada", "#12", "!7", "GH-1",
             "https://x.y", "www.x.y", "a@b.cd", "[x](y)", "![x](y)", ":smile:", ":100:", "*", "**", "_", "__", "~~", "# ",
             "1. ", "- ", "> ", "+ ", "---", "===", "```", "&amp;", "&#124;", "$x$", "{+x+}", " ", "\n", "a", "ada/repo#1",
             "%v", "~bug", "[^1]", "<x@y.z>"]
        ),
        max_size=8,
    ).map("".join),
)  # fmt: skip


def inert(shown: list[Token]) -> None:
    """Nothing but text and code, and no text that GitHub or GitLab would obey."""
    in_code = False
    for token in shown:
        if token.type == "html_inline":
            assert token.content in ("<code>", "</code>")
            in_code = token.content == "<code>"
        elif token.type == "text":
            assert in_code or OBEYED.search(token.content) is None
        else:
            assert token.type == "code_inline"


def squeezed(text: str) -> str:
    return printable(text).strip(" ")


@settings(deadline=None)
@given(text=HOSTILE)
@example(text="12. x")
@example(text="_a_b_")
@example(text="a_b")
@example(text="\u3000x")
@example(text="=")
def test_prose_is_nothing_but_text_wherever_it_stands(text: str) -> None:
    for before, after, kinds in (
        ("", "", ["paragraph_open", "paragraph_close"]),
        ("the line above\n", "", ["paragraph_open", "softbreak", "paragraph_close"]),
        ("## ", "", ["heading_open", "heading_close"]),
        ("- ", "", ["bullet_list_open", "list_item_open", "paragraph_open", "paragraph_close", "list_item_close",
                    "bullet_list_close"]),
        ("| a |\n| --- |\n| ", " |", None),
    ):  # fmt: skip
        found = tokens(f"{before}{prose(text)}{after}")
        within = [token for token in found if token.type == "text" and token.content != "the line above"]
        inert(within)
        if kinds is None:
            assert tables(f"{before}{prose(text)}{after}") == [[["a"], [squeezed(text)]]]
        elif squeezed(text):
            assert [token.type for token in found if token.type != "text"] == kinds
            assert "".join(token.content for token in within).replace(BREAK, "") == squeezed(text)


@settings(deadline=None)
@given(text=HOSTILE)
@example(text="\\|")
@example(text="\\\\|")
@example(text="`|`")
@example(text=" a ")
@example(text="")
def test_code_is_nothing_but_code_wherever_it_stands(text: str) -> None:
    for before in ("x ", "## x ", "- x "):
        shown = f"{before}{code(text)} y"
        assert paragraphs(shown) == [f"x {squeezed(text)} y"] or not squeezed(text)
        assert_code(shown)
    shown = f"| a | b |\n| --- | --- |\n| {code(text)} | y |"
    assert_code(shown)
    assert tables(shown) == [[["a", "b"], [squeezed(text), "y"]]]


def assert_code(shown: str) -> None:
    found = [token for token in tokens(shown) if token.type in ("code_inline", "html_inline")]
    inert(found)
    assert [token.type for token in found] in (["code_inline"], ["html_inline", "html_inline"])


def hostile_audit(text: str, raw: bytes) -> str:
    evidence = {"value": text, "bearers": text, "values": {text: text, "edition": text}, text: text}
    things: list[Item] = [
        finding(text, "reference-unique", Verdict.FAIL, evidence, record=1),
        finding(text, "paid-edition", Verdict.UNKNOWN, {"values": {"edition": f"unknown: unrecognised {text!r}"}},
                record=1, reason=Reason.UNRECOGNISED, field="edition"),
        finding(text, "workaround-prepared", Verdict.FAIL, evidence, record=1),
        Excluded(text, text, place(1)),
        Rejected(place(2), 270, text, raw),
        *items(),
    ]  # fmt: skip
    revision = head().revisions[0]
    revision = replace(
        revision,
        assumed={text: text},
        clauses=tuple(replace(clause, section=text, says=text, reading=clause.reading and f"{text}.") for clause in
                      revision.clauses),
        rules=tuple(replace(rule, demand=f"{text}.") for rule in revision.rules),
    )  # fmt: skip
    of = replace(head(), policy_title=text, revisions=(revision,), mapping_assumed={text: text}, source="csv")
    unmapped = (Unmapped("edition", text, 1, text),)
    sums = replace(totals(), unmapped=unmapped, conflicting_ids=(text,), excluded={text: 3})
    return page(of=of, things=things, sums=sums, code=ExitCode(3, ((3, text),)))


def shape(text: str) -> list[str]:
    """The structure of a page without what stands in it: the same for every audit with as many findings."""
    inside = ("text", "code_inline", "html_inline")
    return [f"{token.type} {token.tag}" for token in tokens(text) if token.type not in inside]


PLAIN = shape(hostile_audit("plain", b"raw"))


@settings(deadline=None, max_examples=60)
@given(text=HOSTILE.filter(lambda text: text != "merged"), raw=st.binary(max_size=30))
@example(text="| a | b |", raw=b"|")
@example(text="</details><script>alert(1)</script>", raw=b"<img src=x onerror=alert(1)>")
@example(text="`", raw=b"`")
@example(text="\n\n# heading\n\n", raw=b"\n")
@example(text="@ada [x](javascript:alert(1)) https://evil.example", raw=b"@ada")
@example(text="", raw=b"")
def test_no_text_changes_the_shape_of_the_page(text: str, raw: bytes) -> None:
    shown = hostile_audit(text, raw)
    assert not {c for c in shown if not c.isprintable()} - {"\n"}
    assert shape(shown) == PLAIN
    found = tokens(shown)
    assert {token.content for token in found if token.type in ("html_inline", "html_block")} <= OURS
    inert([token for token in found if token.type in ("text", "html_inline")])
    violation = [row for table in tables(shown) for row in table if row[-1] == "export/tickets.csv:2"]
    assert violation[0][0] == named(text)


def test_the_page_can_be_read_as_it_stands() -> None:
    """What is harmless is not made unreadable."""
    assert prose(
        "took 13h 4m, limit 12h in 24x7; first_response (Terms & Conditions), 99.5% on 2021-03-01T08:00:00Z"
    ) == ("took 13h 4m, limit 12h in 24x7; first_response (Terms &#38; Conditions), 99.5% on 2021-03-01T08:00:00Z")
    assert code("ACME-1 <b> @ada") == "`ACME-1 <b> @ada`"
    assert code("a|b") == "<code>a&#124;b</code>"
    assert paragraphs("a&#38;b") == ["a&b"]
