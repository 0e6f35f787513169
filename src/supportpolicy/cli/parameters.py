"""Parameter types that several commands share."""

from __future__ import annotations

import re
from typing import Any, Final

import click

from supportpolicy.model.instant import Instant, InstantError, parse_instant
from supportpolicy.model.period import Period, PeriodError, parse_period


class _InstantType(click.ParamType[Instant]):
    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Instant:
        if isinstance(value, Instant):
            return value
        try:
            return parse_instant(str(value))
        except InstantError as error:
            self.fail(f"{error}; expected an instant such as 2021-03-01T08:00:00Z", param, ctx)


class _PeriodType(click.ParamType[Period]):
    name = "from/to"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Period:
        if isinstance(value, Period):
            return value
        try:
            return parse_period(str(value))
        except PeriodError as error:
            wanted = "expected FROM/TO such as 2021-01-01/2021-02-01, where TO is the first day that is not part of it"
            self.fail(f"{value!r}: {error}; {wanted}", param, ctx)


class _SizeType(click.ParamType[int]):
    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = _SIZE.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r}: expected a size such as 512MB, 1GiB or 2.5GB", param, ctx)
        number, unit = found.groups()
        size = int(float(number) * _UNITS[unit])
        if size < _LEAST:
            self.fail(f"{value!r}: expected at least {_LEAST // _UNITS['MB']}MB", param, ctx)
        return size


_SIZE: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?(KB|MB|GB|TB|KiB|MiB|GiB|TiB)")
_UNITS: Final = {
    **{unit: 1000**power for power, unit in enumerate(("KB", "MB", "GB", "TB"), 1)},
    **{unit: 1024**power for power, unit in enumerate(("KiB", "MiB", "GiB", "TiB"), 1)},
}
_LEAST: Final = 64_000_000
"""With less than this nothing can be run."""


class _TableType(click.ParamType[tuple[str, str]]):
    name = "name=file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        name, equals, file = str(value).partition("=")
        if not (name and equals and file):
            self.fail(f"{value!r}: expected NAME=FILE, such as organizations=orgs.csv", param, ctx)
        return name, file


INSTANT: Final = _InstantType()
PERIOD: Final = _PeriodType()
SIZE: Final = _SizeType()
TABLE: Final = _TableType()


def tables(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The `--table` options as a mapping; each name once."""
    named: dict[str, str] = {}
    for name, file in pairs:
        if name in named:
            raise click.UsageError(f"--table {name}=... is given twice; expected each table once")
        named[name] = file
    return named
