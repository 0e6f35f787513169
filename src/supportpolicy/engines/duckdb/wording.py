"""How SQL writes instants, durations and texts as evidence: as `expr.evidence` and the models do, to the last character."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Final

from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.model.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US, civil_us

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FIRST: Final = civil_us(1, 1, 1)
_LAST: Final = civil_us(9999, 12, 31)
_PLAIN: Final = "[ -~]*"
_WIDTH: Final = 60
_CONTROLS: Final = {chr(code): json.dumps(chr(code))[1:-1] for code in (*range(0x20), 0x22, 0x5C)}


def define_wording(connection: DuckDBPyConnection, odd: bool) -> None:
    """Make the macros that evidence is written with. `odd` is whether any text shown may hold other characters than those
    of ASCII that are printed; to look for them costs more than all the rest."""
    for macro in _macros(odd):
        connection.execute(f"CREATE OR REPLACE MACRO {macro}")


def plain(text: str) -> str:
    """Whether a text, as SQL, is of printed characters of ASCII alone."""
    return f"regexp_full_match({text}, '{_PLAIN}')"


def _macros(odd: bool) -> list[str]:
    year = "year(make_timestamp(us))"
    controls = " ".join(f"WHEN c = chr({ord(c)}) THEN {quoted(written)}" for c, written in _CONTROLS.items())
    fraction = f"lpad((us - {SECOND_US} * floor_div(us, {SECOND_US}))::VARCHAR, 6, '0')"
    return [
        # Whole microseconds are divided towards zero, also those before 1970.
        "floor_div(a, b) AS (a - (((a % b) + b) % b)) // b",
        # A year outside 0001..9999 is written as ISO 8601 extends it.
        f"sp_year(us) AS CASE WHEN {year} BETWEEN 0 AND 9999 THEN lpad({year}::VARCHAR, 4, '0') "
        f"WHEN {year} > 0 THEN concat('+', {year}) ELSE concat('-', lpad((-{year})::VARCHAR, 4, '0')) END",
        f"sp_odd(us) AS concat(sp_year(us), strftime(make_timestamp(us), '-%m-%dT%H:%M:%S'), "
        f"CASE WHEN us % {SECOND_US} = 0 THEN '' WHEN us % 1000 = 0 THEN concat('.', left({fraction}, 3)) "
        f"ELSE concat('.', {fraction}) END, 'Z')",
        f"sp_us(us) AS CASE WHEN us % {SECOND_US} = 0 AND us BETWEEN {_FIRST} AND {_LAST} "
        "THEN replace(make_timestamp(us)::VARCHAR, ' ', 'T') || 'Z' ELSE sp_odd(us) END",
        "sp_instant(lo, hi) AS CASE WHEN lo = hi THEN sp_us(lo) ELSE concat(sp_us(lo), '..', sp_us(hi)) END",
        f"sp_seconds(us) AS CASE WHEN us % {MINUTE_US} = 0 THEN NULL WHEN us % {SECOND_US} = 0 "
        f"THEN concat(us % {MINUTE_US} // {SECOND_US}, 's') ELSE concat(us % {MINUTE_US} // {SECOND_US}, '.', "
        f"rtrim(lpad((us % {SECOND_US})::VARCHAR, 6, '0'), '0'), 's') END",
        f"sp_below_days(us) AS concat_ws(' ', CASE WHEN us >= {HOUR_US} THEN concat(us // {HOUR_US}, 'h') END, "
        f"CASE WHEN us % {HOUR_US} >= {MINUTE_US} THEN concat(us % {HOUR_US} // {MINUTE_US}, 'm') END, sp_seconds(us))",
        f"sp_length(us) AS CASE WHEN us = 0 THEN '0s' WHEN us < {2 * DAY_US} THEN sp_below_days(us) "
        f"WHEN us % {DAY_US} = 0 THEN concat(us // {DAY_US}, 'd') "
        f"ELSE concat(us // {DAY_US}, 'd ', sp_below_days(us % {DAY_US})) END",
        "sp_duration(us) AS CASE WHEN us < 0 THEN concat('-', sp_length(-us)) ELSE sp_length(us) END",
        "sp_span(lo, hi) AS CASE WHEN lo = hi THEN sp_duration(lo) "
        "ELSE concat(sp_duration(lo), '..', sp_duration(hi)) END",
        # Open time is without days, which would be read as business days.
        "sp_open_duration(us) AS CASE WHEN us = 0 THEN '0s' ELSE sp_below_days(us) END",
        "sp_open_span(lo, hi) AS CASE WHEN lo = hi THEN sp_open_duration(lo) "
        "ELSE concat(sp_open_duration(lo), '..', sp_open_duration(hi)) END",
        *(_escaping() if odd else ["sp_printable(t) AS t"]),
        f"sp_shown(t) AS concat('''', sp_printable(CASE WHEN length(t) <= {_WIDTH} THEN t "
        f"ELSE concat(left(t, {_WIDTH - 1}), '…') END), '''')",
        f"sp_character(c) AS CASE {controls} ELSE c END",
        "sp_text(t) AS CASE WHEN regexp_matches(t, '[\"\\\\\\x00-\\x1f]') THEN concat('\"', array_to_string("
        "list_transform(regexp_extract_all(t, '(?s).'), lambda c: sp_character(c)), ''), '\"') "
        "ELSE concat('\"', t, '\"') END",
    ]


def _escaping() -> list[str]:
    """Texts with every character escaped that is no glyph."""
    return [
        f"sp_escaped(c) AS CASE WHEN NOT regexp_matches(c, {quoted(_unprintable())}) THEN c "
        "WHEN c = chr(9) THEN '\\t' WHEN c = chr(10) THEN '\\n' WHEN c = chr(13) THEN '\\r' "
        "WHEN unicode(c) < 256 THEN printf('\\x%02x', unicode(c)) "
        "WHEN unicode(c) < 65536 THEN printf('\\u%04x', unicode(c)) ELSE printf('\\U%08x', unicode(c)) END",
        f"sp_printable(t) AS CASE WHEN {plain('t')} THEN t ELSE "
        "array_to_string(list_transform(regexp_extract_all(t, '(?s).'), lambda c: sp_escaped(c)), '') END",
    ]


@cache
def _unprintable() -> str:
    """A pattern for the characters that are no glyph, as Python's own tables have them."""
    spans: list[tuple[int, int]] = []
    for code in range(0x110000):
        if not chr(code).isprintable() and not 0xD800 <= code <= 0xDFFF:
            if spans and spans[-1][1] == code - 1:
                spans[-1] = (spans[-1][0], code)
            else:
                spans.append((code, code))
    return "[" + "".join(f"\\x{{{first:x}}}-\\x{{{last:x}}}" for first, last in spans) + "]"
