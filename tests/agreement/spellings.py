"""How values are written in exports: well, oddly, and so that no engine may take them for what they are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final, TypeVar

Texts = tuple[str, ...]
T = TypeVar("T")
Pick = Callable[[Random], T]
"""Picks one of many values. Rows are many and are made smaller as files, so that Hypothesis need not draw each of them."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SPRING: Final = datetime(2024, 3, 31, 2, tzinfo=UTC)
"""As a local time of Berlin, the first that the clocks left out."""
AUTUMN: Final = datetime(2024, 10, 27, 2, tzinfo=UTC)
"""As a local time of Berlin, the first that the clocks showed twice."""
_HOURS: Final = (0, 1, 12, 13, 24, 36, -1, -12, 30 * 24, -800 * 24)
_BESIDE: Final = (0, 0, 0, -1, 1, 60_000_000, -60_000_000, 1_800_000_000, 123_000)


def moments(base: datetime) -> tuple[datetime, ...]:
    """Instants whose distances meet the limits of the generated policies, to the microsecond."""
    return tuple(base + timedelta(hours=h, microseconds=us) for h in _HOURS for us in _BESIDE)


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


# --- instants ---------------------------------------------------------------------------------------------------------
def _clock(moment: datetime, half: bool = False) -> str:
    return moment.strftime("%I:%M %p" if half else "%H:%M")


def _fraction(moment: datetime) -> str:
    return f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""


_DATE: Final = "%Y-%m-%d"
_PLAIN: Final[tuple[Callable[[datetime], str], ...]] = (
    lambda m: m.strftime(f"{_DATE}T%H:%M:%S") + _fraction(m) + "Z",
    lambda m: m.strftime(f"{_DATE}T%H:%M:%S") + _fraction(m),
    lambda m: (m + timedelta(hours=2)).strftime(f"{_DATE}T%H:%M:%S") + _fraction(m) + "+02:00",
    lambda m: (m - timedelta(hours=3, minutes=30)).strftime(f"{_DATE} %H:%M:%S") + _fraction(m) + "-0330",
    lambda m: m.strftime(f"{_DATE}t%H:%Mz"),
    lambda m: m.strftime(f"{_DATE} %H:%M"),
    lambda m: m.strftime(f"{_DATE}T%H:%M:%S.%f") + "789Z",
)
_FORMATS: Final[dict[str, Callable[[datetime], str]]] = {
    "": _PLAIN[0],
    "D/M/YYYY hh:mm": lambda m: f"{m.day}/{m.month}/{m.year:04d} {_clock(m)}",
    "YYYY-MM-DD hh:mm:ss.f": lambda m: m.strftime(f"{_DATE} %H:%M:%S.%f"),
    "MMM DD, YYYY h:mm A": lambda m: m.strftime("%b %d, %Y ") + _clock(m, True),
    "D MMMM YYYY hh:mm:ss Z": lambda m: m.strftime("%d %B %Y %H:%M:%S +0000"),
    "DD.MM.YYYY": lambda m: m.strftime("%d.%m.%Y"),
    "epoch-seconds": lambda m: str(microseconds(m) // 1_000_000),
    "epoch-milliseconds": lambda m: str(microseconds(m) // 1_000),
}
FORMATS: Final = tuple(_FORMATS)
NEED_A_ZONE: Final = frozenset({"D/M/YYYY hh:mm", "YYYY-MM-DD hh:mm:ss.f", "MMM DD, YYYY h:mm A", "DD.MM.YYYY"})
NO_INSTANTS: Final = (
    "2024-05-01T24:00:00Z",
    "2024-02-30T10:00:00Z",
    "2023-02-29T10:00:00Z",
    "2024-05-01T10:00:60Z",
    "0000-01-01T00:00:00Z",
    "10000-01-01T00:00:00Z",
    "2024-5-1T10:00:00Z",
    "2024-05-01",
    "2024-05-01T10",
    "20240501T100000Z",
    "2024-05-01T10:00:00+14:01",
    "2024-05-01T10:00:00+5",
    "2024-05-01T10:00:00.Z",
    "2024-05-01T10:00:00,5Z",
    "2024-05-01T10:00:00.1234567890Z",
    "2024-05-01T10:00:00+00:00:00",
    "2024-05-01T10:00:00\u221205:00",
    "infinity",
    "-infinity",
    "now",
    "epoch",
    "NaT",
    "2024-W18-3T10:00Z",
    "\uff12024-05-01T10:00:00Z",
    "\u0662\u0660\u0662\u0664-05-01T10:00Z",
    "44/1/2024",
    "1714557600.5",
    "1e9",
    "9999999999999999999",
    "31/2/2024",
    "3/31/2024",
    "31/3/24",
    "0x10",
    "-0",
)
EXTREMES: Final = (
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59.999999999-14:00",
    "9999-12-31T23:59:59",
    "1893-04-01T00:00",
    "1969-12-31T23:59:59.999999Z",
    "-1",
    "0",
    "253402300799",
    "253402300800",
    "-62135596800",
    "1/1/0001 00:00",
    "31/12/9999 23:59",
)
BLANKED: Final = (
    " 2024-03-31T02:00:00Z",
    "2024-03-31T02:00:00Z\u00a0",
    "\t2024-03-31 14:00 ",
    "2024-03-31T02:00:00Z\u2003",
)


@cache
def instants(format_: str, base: datetime, early: bool = False) -> Pick[str]:
    """Texts of instants: most as the format writes them, some in other shapes, some that are none. What begins is mostly
    `early`, so that not all that follows contradicts it."""
    near = moments(base)
    well = tuple(_FORMATS[format_](moment) for moment in near)
    usual = well[:9] if early else well[:54]  # so close together that a limit may lie between
    others = tuple(write(moment) for write in (*_PLAIN, *_FORMATS.values()) for moment in (*near[:10], *near[18:28]))
    return mostly(usual, well, tuple(dict.fromkeys(others)), (*NO_INSTANTS, *EXTREMES, *BLANKED))


# --- picking ----------------------------------------------------------------------------------------------------------
def mostly(*pools: Sequence[T]) -> Pick[T]:
    """From the first pool in five of ten cases, from the next in three, and from the others in one each."""
    shares = [pool for pool, share in zip(pools, (5, 3, 1, 1), strict=False) for _ in range(share)]
    return lambda random: random.choice(random.choice(shares))


def one_of(*pools: tuple[int, Pick[Any]]) -> Pick[Any]:
    """From each pool in so many cases as its number says."""
    shares = [pool for share, pool in pools for _ in range(share)]
    return lambda random: random.choice(shares)(random)


def among(*values: Any) -> Pick[Any]:
    return lambda random: random.choice(values)


# --- words ------------------------------------------------------------------------------------------------------------
def spelt(words: Texts) -> Texts:
    """Each word as exports spell it, in the normal form of tokens or not quite."""
    return tuple(
        dict.fromkeys(
            text
            for word in words
            for text in (
                word,
                word.upper(),
                f" {word} ",
                word.replace(" ", "\u00a0 "),
                word.replace("é", "e\u0301"),
                f"{word}\t",
                word.replace(" ", "\n"),
            )
        )
    )


NO_WORDS: Final = (
    "ultimat",
    "te am",
    "\u212aelvin",
    "\u0130",
    "v\u0131p",
    "team\u2003",
    "team\u200b",
    "a" * 4_097,
    "-",
    "=1+1",
)
TEXTS: Final = (
    "u1",
    "u2",
    "u12",
    "Acme",
    "ACME",
    "07",
    "7",
    " 7",
    "7.0",
    "ü",
    "u\u0308",
    "a,b",
    'say "hi"',
    "100%_",
    "[x]*",
    "é" * 61,
)
ODD_TEXTS: Final = (
    "two\nlines",
    "two\r\nlines",
    "\u00a0",
    "\u2028",
    "'; DROP TABLE x; --",
    "{}",
    "x" * 300,
    "\U0001f600",
    "\x1b[31m",
    "$1",
    "\\",
)
LANGUAGES: Final = ("en", "en-GB", "EN_us", "de", "Deutsch", "pt-BR", "zh-Hant-TW", "enm")
NO_LANGUAGES: Final = ("english", "klingon", "und", "mul", "en-", "xx", "e n", "qaa", "i-klingon", "x-private")
INTEGERS: Final = ("0", "1", "3", "4", "10", "-0", "-3", "007", " 3", "999999999999999999")
NO_INTEGERS: Final = ("1.0", "1e3", "0x10", "1_000", "+7", "\u0661", "9999999999999999999", "--1", "- 1", "three")
BOOLEANS: Final = ("true", "false", "TRUE", " False ", "ja", "nein")
NO_BOOLEANS: Final = ("yes", "1", "0", "t", "tru\u0435")
DURATIONS: Final = ("0", "1", "59", "60", "61", "719", "720", "721", "1440", " 60 ", "12.5", "0.000001")
NO_DURATIONS: Final = ("-1", "-0", "1.", ".5", "1,5", "99999999999", "9999999999999", "1.1234567", "x", "1h", "\u0661")
EMPTIES: Final = ("", "", " ", "\u00a0\t", "NULL", "n/a", " NULL ")
IDS: Final = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "01", " 1", "1 ", "ü", "1#2", "a,b")
