"""How SQL writes instants, durations and texts as evidence: as `expr.evidence` and the models do, to the last character."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from supportpolicy.model.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US, civil_us

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FIRST: Final = civil_us(1, 1, 1)
_LAST: Final = civil_us(9999, 12, 31)
_PLAIN: Final = " -~"
_WIDTH: Final = 60


def define_wording(connection: DuckDBPyConnection, odd: Iterable[str]) -> None:
    """Make the macros that evidence is written with. `odd` are the characters of the texts shown that are not those of ASCII
    that are printed: to plan for all that there are, and to look for them, costs more than all the rest."""
    for macro in _macros(sorted(character for character in odd if not character.isprintable())):
        connection.execute(f"CREATE OR REPLACE MACRO {macro}")


def plain(text: str) -> str:
    """Whether a text, as SQL, is of printed characters of ASCII alone."""
    return f"regexp_full_match({text}, '[{_PLAIN}]*')"


def others(text: str) -> str:
    """The list of a text's other characters."""
    return f"regexp_extract_all({text}, '[^{_PLAIN}]')"


def _macros(unprintable: Sequence[str]) -> list[str]:
    """Every macro is written out wherever it is used, and again for each use that it makes of what it is given: so they are
    as short as they can be, or to plan a query would take longer than to run it."""
    at, year, whole = "make_timestamp(us)", "year(make_timestamp(us))", f"us % {SECOND_US} = 0"
    second = "%Y-%m-%dT%H:%M:%S"
    hours = f"CASE WHEN us < {2 * DAY_US} THEN us ELSE us % {DAY_US} END // {HOUR_US}"
    rest = (
        f"nullif(us % {HOUR_US} // {MINUTE_US}, 0) || 'm', CASE WHEN us % {MINUTE_US} <> 0 THEN concat("
        f"us % {MINUTE_US} // {SECOND_US}, CASE WHEN NOT {whole} THEN "
        f"rtrim(concat('.', lpad((us % {SECOND_US})::VARCHAR, 6, '0')), '0') END, 's') END"
    )
    return [
        # A year outside 0001..9999 is written as ISO 8601 extends it.
        f"sp_far(us) AS concat(printf(CASE WHEN {year} > 9999 THEN '+%d' WHEN {year} < 0 THEN '%05d' ELSE '%04d' END, "
        f"{year}), CASE WHEN {whole} THEN strftime({at}, '-%m-%dT%H:%M:%S') "
        f"WHEN us % 1000 = 0 THEN strftime({at}, '-%m-%dT%H:%M:%S.%g') ELSE strftime({at}, '-%m-%dT%H:%M:%S.%f') END, 'Z')",
        f"sp_us(us) AS CASE WHEN us NOT BETWEEN {_FIRST} AND {_LAST} THEN sp_far(us) "
        f"WHEN {whole} THEN strftime({at}, '{second}Z') WHEN us % 1000 = 0 THEN strftime({at}, '{second}.%gZ') "
        f"ELSE strftime({at}, '{second}.%fZ') END",
        "sp_instant(lo, hi) AS concat(sp_us(lo), CASE WHEN lo <> hi THEN concat('..', sp_us(hi)) END)",
        f"sp_length(us) AS CASE WHEN us = 0 THEN '0s' ELSE concat_ws(' ', "
        f"CASE WHEN us >= {2 * DAY_US} THEN concat(us // {DAY_US}, 'd') END, nullif({hours}, 0) || 'h', {rest}) END",
        "sp_duration(us) AS concat(CASE WHEN us < 0 THEN '-' END, sp_length(abs(us)))",
        "sp_span(lo, hi) AS concat(sp_duration(lo), CASE WHEN lo <> hi THEN concat('..', sp_duration(hi)) END)",
        # Open time is without days, which would be read as business days.
        f"sp_open_duration(us) AS CASE WHEN us = 0 THEN '0s' "
        f"ELSE concat_ws(' ', nullif(us // {HOUR_US}, 0) || 'h', {rest}) END",
        "sp_open_span(lo, hi) AS concat(sp_open_duration(lo), "
        "CASE WHEN lo <> hi THEN concat('..', sp_open_duration(hi)) END)",
        *(_escaping(unprintable) if unprintable else ["sp_printable(t) AS t"]),
        f"sp_shown(t) AS concat('''', sp_printable(CASE WHEN length(t) <= {_WIDTH} THEN t "
        f"ELSE concat(left(t, {_WIDTH - 1}), '…') END), '''')",
        "sp_text(t) AS to_json(t)::VARCHAR",
        # DuckDB numbers a character that has no letter of its own with A to F, Python with a to f.
        "sp_json(j) AS CASE WHEN regexp_matches(j, '\\\\u00[01][A-F]') THEN array_to_string("
        "list_transform(regexp_extract_all(j, '\\\\u[0-9A-F]{4}|\\\\.|[^\\\\]+'), lambda c: CASE WHEN starts_with(c, '\\u') "
        "THEN lower(c) ELSE c END), '') ELSE j END",
    ]


def _escaping(unprintable: Sequence[str]) -> list[str]:
    """Texts with every character escaped that is no glyph, as Python's own tables have them."""
    spans: list[tuple[int, int]] = []
    for code in map(ord, unprintable):
        if spans and not any(chr(between).isprintable() for between in range(spans[-1][1], code)):
            spans[-1] = (spans[-1][0], code)
        else:
            spans.append((code, code))
    those = "".join(f"\\x{{{first:x}}}-\\x{{{last:x}}}" for first, last in spans)
    return [
        f"sp_escaped(c) AS CASE WHEN NOT regexp_matches(c, '[{those}]') THEN c "
        "WHEN c = chr(9) THEN '\\t' WHEN c = chr(10) THEN '\\n' WHEN c = chr(13) THEN '\\r' "
        "WHEN unicode(c) < 256 THEN printf('\\x%02x', unicode(c)) "
        "WHEN unicode(c) < 65536 THEN printf('\\u%04x', unicode(c)) ELSE printf('\\U%08x', unicode(c)) END",
        f"sp_printable(t) AS CASE WHEN {plain('t')} THEN t ELSE "
        "array_to_string(list_transform(regexp_extract_all(t, '(?s).'), lambda c: sp_escaped(c)), '') END",
    ]
