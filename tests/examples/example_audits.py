"""Audits of the example exports, and what a test asks of their reports."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pluggy

from supportpolicy import builtin
from supportpolicy.audit import AuditRequest, Output, audit
from supportpolicy.plugin import Registry, hooks
from supportpolicy.plugin.registry import collect

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PLUGIN = ROOT / "plugins" / "supportpolicy-zendesk" / "src"

Report = dict[str, Any]


def registry() -> Registry:
    """The built-ins and the Zendesk plugin of this checkout, installed or not."""
    if str(PLUGIN) not in sys.path:
        sys.path.append(str(PLUGIN))
    import supportpolicy_zendesk

    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    manager.register(builtin, name="builtin")
    manager.register(supportpolicy_zendesk, name="zendesk")
    manager.check_pending()
    return collect(manager, {"builtin": "supportpolicy 0.1.0", "zendesk": "supportpolicy-zendesk 0.1.0"})


def report(request: AuditRequest) -> Report:
    """The JSON report of an audit."""
    known = registry()
    written = io.BytesIO()
    audit(request, known, [Output(known.report("json"), written)])
    found: Report = json.loads(written.getvalue())
    return found


def counts(found: Report, rule: str) -> Mapping[str, int]:
    """The verdicts of a rule that occurred, with their numbers of tickets."""
    stated = found["rules"][rule]
    names = ("pass", "fail", "open", "not_applicable", "unknown")
    return {name: stated[name] for name in names if stated[name]}


def findings(found: Report, rule: str) -> list[dict[str, Any]]:
    """The findings of a rule."""
    return [finding for finding in found["findings"] if finding["rule"] == rule]
