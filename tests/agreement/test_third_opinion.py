"""Both engines and a third: the seed policy's verdicts on generated tickets, as an oracle works them out that shares no code
with the package."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
import spellings
from case_tables import verdict_text
from comparing import laid_out, told
from files import json_object
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_strategies import Policy
from seed_oracle import judge
from tickets import tickets
from worlds import World

from supportpolicy.engines import duckdb, reference
from supportpolicy.model.finding import Finding
from supportpolicy.model.instant import Instant
from supportpolicy.plugin import Engine, RunOptions

_SEED: Final = Path(__file__).parents[2] / "policies" / "memsource-technical-support" / "policy.yaml"
_RULES: Final = (
    *("paid-edition", "english", "written-only", "first-response", "english-replies", "written-replies"),
    *("receipt-acknowledged", "reference-assigned", "reference-unique"),
)
_SPOKEN_OF: Final = Policy(
    (
        {
            "facts": {
                "edition": {"one_of": ["team", "personal", "free"]},
                "channel": {"one_of": ["email", "web", "in_person", "phone"]},
            },
            "rules": ["edition", "channel", "language", "first_response", "acknowledged", "closed", "reference"],
        },
    )
)
_MOMENTS: Final = st.sampled_from([spellings.microseconds(m) for m in spellings.moments(spellings.SPRING)[:72]])


def _verdicts(engine: Engine, world: World) -> dict[str, dict[str, str]]:
    """By ticket and rule; without the reason, of which the oracle knows nothing."""
    found: dict[str, dict[str, str]] = {}
    with laid_out(world):
        for item in told(engine, world, world.questions[0]).items:
            if isinstance(item, Finding) and item.ticket is not None and item.rule in _RULES:
                text = verdict_text(item)
                found.setdefault(item.ticket, {})[item.rule] = "unknown" if text.startswith("unknown") else text
    return found


@pytest.mark.parametrize("engine", [reference.ENGINE, duckdb.ENGINE], ids=lambda engine: engine.name)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), as_of=_MOMENTS, horizon=st.one_of(st.none(), _MOMENTS))
def test_the_seed_policy_on_hostile_tickets(engine: Engine, seed: int, as_of: int, horizon: int | None) -> None:
    random, ticket = Random(seed), tickets(_SPOKEN_OF, spellings.SPRING)
    lines = [json_object({**ticket(random), "id": f"t{number}"}) for number in range(40)]
    records: list[dict[str, Any]] = [json.loads(line) for line in lines]
    options = RunOptions("all", None, Instant.at(as_of), None if horizon is None else Instant.at(horizon))
    world = World((_SEED.read_text(),), None, {"tickets.jsonl": "\n".join(lines).encode()}, {}, (options,))
    found = _verdicts(engine, world)
    expected = judge(records, as_of if horizon is None else min(as_of, horizon), as_of)
    for name in expected.keys() | found.keys():
        assert found.get(name) == expected.get(name), records[int(name.removeprefix("t"))]
