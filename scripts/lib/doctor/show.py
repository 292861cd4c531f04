"""The findings for people: a table on a terminal, plain lines in a pipe. And for programs: JSON."""

import json
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scripts.lib.doctor.finding import Finding

Found = Mapping[str, list[Finding]]
MARKS = {"ready": ("●", "green"), "missing": ("○", "yellow"), "broken": ("✗", "bold red")}
WIDEST = 120


def is_broken(found: Found) -> bool:
    """Whether anything is broken."""
    return any(each.state == "broken" for group in found.values() for each in group)


def as_json(found: Found) -> str:
    """``ok``, and ``findings`` with group, name, state, detail and the fix as ``mend``."""
    findings = [{"group": group} | _fields(each) for group, several in found.items() for each in several]
    return json.dumps({"ok": not is_broken(found), "findings": findings}, ensure_ascii=False, indent=2)


def _fields(finding: Finding) -> dict[str, str]:
    # the published name of a fix
    return {"name": finding.name, "state": finding.state, "detail": finding.detail, "mend": finding.fix}


def show(found: Found, console: Console) -> None:
    """Print all of it, and a last line that counts."""
    if console.is_terminal:
        console.print(_table(found, min(console.width, WIDEST)))
    else:
        for line in _lines(found):
            console.out(line, highlight=False)
    console.print(_summary(found), highlight=False)


def _table(found: Found, width: int) -> Table:
    table = Table(box=None, width=width, padding=(0, 1), show_header=False)
    table.add_column(width=1)
    table.add_column(min_width=16, no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for group, several in found.items():
        table.add_row("", Text(f"\n{group}", style="bold"), "")
        for each in several:
            mark, style = MARKS[each.state]
            table.add_row(Text(mark, style=style), each.name, _cell(each))
    return table


def _cell(finding: Finding) -> Text:
    answer = Text(finding.detail)
    return answer.append(f"\n→ {finding.fix}", style="cyan") if finding.fix else answer


def _lines(found: Found) -> list[str]:
    lines = []
    for group, several in found.items():
        for each in several:
            hint = f"  -> {each.fix}" if each.fix else ""
            lines.append(f"{each.state:<8}{group:<9}{each.name}: {each.detail}{hint}")
    return lines


def _summary(found: Found) -> str:
    states = [each.state for group in found.values() for each in group]
    counts = (
        f"{states.count('ready')} ready, {states.count('missing')} optional missing, {states.count('broken')} broken"
    )
    return f"\n{counts}"
