"""Every command that a page shows is run, and prints what the page says it prints."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from pages import FENCE, ROOT, fits, follow, marked_command, pages, steps

PROGRAMS = Path(sys.executable).parent
FOLLOWED_ELSEWHERE = {"CONTRIBUTING.md"}  # its recipe changes the project: test_recipe.py
PAGES = {
    str(page.relative_to(ROOT)): page
    for page in pages()
    if steps(page.read_text()) and page.name not in FOLLOWED_ELSEWHERE
}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_shows_what_its_commands_print(name: str, tmp_path: Path) -> None:
    for folder in ("examples", "policies"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    follow(steps(PAGES[name].read_text()), tmp_path, PROGRAMS, name)


def test_the_report_in_the_readme_is_that_of_its_first_command() -> None:
    text = (ROOT / "README.md").read_text()
    first = next(step.command for step in steps(text) if step.command)
    assert marked_command("audit", text).endswith(f".venv/bin/{' '.join(first.split())}")


def test_links_between_pages_lead_somewhere() -> None:
    lost = [
        f"{page.relative_to(ROOT)}: {target}#{anchor}"
        for page in [*pages(), *ROOT.glob("plugins/*/README.md")]
        for target, _, anchor in (link.partition("#") for link in links(page.read_text()))
        if "://" not in target and not leads_somewhere(page, target, anchor)
    ]
    assert lost == []


def links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", text))


def leads_somewhere(page: Path, target: str, anchor: str) -> bool:
    found = page.parent / target if target else page
    return found.exists() and (not anchor or anchor in anchors(found.read_text()))


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    ("shown", "printed", "expected"),
    [
        ("a\nb", "a\nb\n", True),
        ("a\n...\nd", "a\nb\nc\nd", True),
        ("a\n...\nb", "a\nb", True),
        ("a\n...", "a\nb\n", True),
        ("...\nb", "a\nb", True),
        ("a\n...\nd", "a\nb\nc", False),
        ("a", "a\nb", False),
        ("b\n...", "ab\nc", False),
        ("", "", True),
    ],
)
def test_what_is_left_out_is_whole_lines(shown: str, printed: str, expected: bool) -> None:
    assert fits(shown, printed) is expected
