"""The first statement of the script: the columns that the plan reads, from the file, as texts."""

from __future__ import annotations

from typing import Final

from supportpolicy.engines.duckdb.native import Plain
from supportpolicy.engines.duckdb.staging import common, common_instant
from supportpolicy.engines.duckdb.truths import named, quoted
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import Column

_LONGEST: Final = 100 << 20
"""The longest record, in bytes, as the strict reader has it."""


def source_statement(plan: Plan, file: Plain) -> str:
    """Creates `source` (see `Staging`), with `marked` for records in which a value holds a quote."""
    plain, shaped = _columns(plan)
    every = [f"c{n}" for n in range(len(file.columns))]
    texts = [f"c{file.columns.index(name)} AS {named(name)}" for name in sorted({*plain, *shaped.values()})]
    marked = f"contains(concat_ws('', {', '.join(every)}), '\"')" if file.quotes else "false"
    instants = [f"{common_instant(named(name))} AS n{i}" for i, name in shaped.items()]
    left = [f"CASE WHEN n{i} IS NULL THEN {named(name)} END AS x{i}" for i, name in shaped.items()]
    spent = sorted({*shaped.values()} - plain)
    without = f" EXCLUDE ({', '.join(map(named, spent))})" if spent else ""
    types = ", ".join(f"'{c}': 'VARCHAR'" for c in every)
    options = (
        f"columns={{{types}}}, auto_detect=false, all_varchar=true, header=true, "
        f"delim={quoted(file.file.delimiter)}, quote='\"', escape='\"', new_line='{file.line_end}', strict_mode=true, "
        f"null_padding=false, store_rejects=true, rejects_limit=1, max_line_size={_LONGEST}"
    )
    read = (
        f"SELECT {', '.join([*texts, f'{marked} AS marked'])}\n    FROM read_csv({quoted(file.file.path)}, {options})"
    )
    parsed = f"SELECT {', '.join(['*', *instants])}\n  FROM (\n    {read}\n  )"
    return f"CREATE TABLE source AS SELECT {', '.join([f'*{without}', *left])}\nFROM (\n  {parsed}\n)"


def _columns(plan: Plan) -> tuple[set[str], dict[int, str]]:
    """The columns read as they are, and by field those that hold instants in the common shape."""
    shaped = {i: f.origin.name for i, f in enumerate(plan.fields) if isinstance(f.origin, Column) and common(f)}
    plain = {f.origin.name for f in plan.fields if isinstance(f.origin, Column) and not common(f)}
    return plain | {f.reading.never_when[0] for f in plan.fields if f.reading.never_when}, shaped
