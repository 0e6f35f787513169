"""What the suites work with: the built-ins alone, documents from text, and runs of the reference engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import pluggy

from supportpolicy import builtin
from supportpolicy.compiler.mapping import Mapping as TicketMapping
from supportpolicy.compiler.mapping import compile_mapping
from supportpolicy.compiler.policy import Policy, compile_policy
from supportpolicy.document import parse_document
from supportpolicy.expr.plan import Plan
from supportpolicy.model.finding import Item, Totals
from supportpolicy.plugin import Engine, Registry, RuleKind, RunOptions, Scan, Source, hooks
from supportpolicy.plugin.records import AuditInstant
from supportpolicy.plugin.registry import collect


@cache
def built_ins() -> Registry:
    """The built-in extensions, whatever else is installed."""
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    manager.register(builtin, name="builtin")
    return collect(manager, {"builtin": "supportpolicy"})


def policy_of(texts: Sequence[str], kinds: Mapping[str, RuleKind]) -> Policy:
    """The policy whose revisions are written in `texts`."""
    return compile_policy([parse_document(text.encode(), _file(n, texts)) for n, text in enumerate(texts, 1)], kinds)


def _file(number: int, texts: Sequence[str]) -> str:
    return "policy.yaml" if len(texts) == 1 else f"policy-{number}.yaml"


def mapping_of(text: str, sources: Mapping[str, Source], name: str = "mapping.yaml") -> TicketMapping:
    """The mapping that `text` states."""
    return compile_mapping(parse_document(text.encode(), name), sources)


@dataclass(frozen=True, slots=True)
class Result:
    """All that a run gave, its items in the order in which they came."""

    instant: AuditInstant | None
    items: tuple[Item, ...]
    totals: Totals


def run(engine: Engine, plan: Plan, tables: Mapping[str, Scan], options: RunOptions) -> Result:
    """Run the engine to its end."""
    running = engine.run(plan, tables, options, lambda _: None)
    items = tuple(item for batch in running.batches for item in batch)
    return Result(running.instant, items, running.totals())
