"""Public holidays by country, from the `holidays` package."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import metadata
from typing import Any, Literal, TypeAlias

from supportpolicy.errors import did_you_mean

Part: TypeAlias = Literal["country", "subdivision", "categories", "language", "years"]

_MAX_LISTED = 12


class HolidayError(ValueError):
    """Something that the package does not know. `part` says of what, `index` which of several."""

    def __init__(
        self, part: Part, message: str, *, expected: str = "", hint: str = "", index: int | None = None
    ) -> None:
        super().__init__(message)
        self.part = part
        self.message = message
        self.expected = expected
        self.hint = hint
        self.index = index


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """Whose holidays: an ISO 3166 country and perhaps its subdivision, of which categories, with or without the working
    days that stand in for a holiday at a weekend, and in which language they are called."""

    country: str
    subdivision: str = ""
    categories: tuple[str, ...] = ("public",)
    observed: bool = True
    language: str = ""


def holidays_version() -> str:
    """The version of the package in use."""
    return metadata.version("holidays")


def has_holidays(country: str, subdivision: str = "") -> bool:
    """Whether the holidays of an ISO 3166 country are known, and those of its subdivision if one is named."""
    try:
        entity = _entity(country)
    except HolidayError:
        return False
    return not subdivision or subdivision in _subdivisions(entity)


@lru_cache(maxsize=64)
def known_years(country: str) -> tuple[int, int]:
    """The first and the last year for which the package knows a country's holidays. Raises HolidayError."""
    entity = _entity(country)
    years = range(int(entity.start_year), int(entity.end_year) + 1)
    if _warns(entity, years):  # of some holidays it knows fewer years, and says so only when it is asked for others
        known = [year for year in years if not _warns(entity, (year,))]
        years = range(known[0], known[-1] + 1)
    return years[0], years[-1]


@lru_cache(maxsize=64)
def public_holidays(whose: PublicHolidays, first_year: int, last_year: int) -> tuple[tuple[date, str], ...]:
    """The holidays of these years with their names, in order. Raises HolidayError."""
    entity = _entity(whose.country)
    _known("subdivision", whose.subdivision, _subdivisions(entity), whose.country)
    for index, category in enumerate(whose.categories):
        _known("categories", category, sorted(entity.supported_categories), whose.country, index)
    _known("language", whose.language, entity.supported_languages, whose.country)
    since, until = known_years(whose.country)
    if first_year < since or last_year > until:
        raise HolidayError(
            "years",
            f"the holidays of {whose.country} are known from {since} to {until}, not from {first_year} to {last_year}",
            expected="a span within these years",
        )
    found = type(entity)(
        years=range(first_year, last_year + 1),
        subdiv=whose.subdivision or None,
        categories=whose.categories,
        observed=whose.observed,
        language=whose.language or None,
    )
    return tuple(sorted((day, str(name)) for day, name in found.items() if first_year <= day.year <= last_year))


def _warns(entity: Any, years: Iterable[int]) -> bool:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        type(entity)(years=years)
    return bool(caught)


def _entity(country: str) -> Any:
    import holidays

    known = holidays.list_supported_countries()
    if country not in known:
        hint = f"did you mean {country.upper()!r}?" if country.upper() in known else did_you_mean(country, known)
        raise HolidayError(
            "country",
            f"the holidays of {country!r} are not known",
            expected="an ISO 3166 code of a country such as US",
            hint=hint,
        )
    return holidays.country_holidays(country)


def _subdivisions(entity: Any) -> Sequence[str]:
    return [*entity.subdivisions, *getattr(entity, "subdivisions_aliases", ())]


def _known(part: Part, word: str, words: Sequence[str], country: str, index: int | None = None) -> None:
    if not word or word in words:
        return
    listed = ", ".join(words[:_MAX_LISTED]) + (", ..." if len(words) > _MAX_LISTED else "")
    what = {"subdivision": "subdivision", "categories": "category of holidays", "language": "language"}[part]
    raise HolidayError(
        part,
        f"{country} has no {what} {word!r} in the holidays package",
        expected=f"one of {listed}" if words else "none",
        hint=did_you_mean(word, words),
        index=index,
    )
