"""The table of the bench, and its aims beside what was seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from scripts.lib.bench.inpaint.load import Load
from scripts.lib.bench.inpaint.measure import PageResult
from scripts.lib.bench.inpaint.ways import BARE, HTTP, PEER

LESS_CPU = {"sparse": 6.0, "dense": 12.0}
MOST_OVERHEAD = 1.2
TITLE = """One page, medians: ÷ how many times less CPU than IOPaint;
× bare, and without what idle processes take; MiB, peaks of all processes and of one"""


@dataclass(frozen=True)
class Aim:
    """What was wanted and what was seen; ``met`` compares the two."""

    what: str
    wanted: str
    seen: float
    met: bool

    def dump(self) -> dict[str, Any]:
        """As plain JSON."""
        return dict(vars(self))


def aims(rows: Sequence[PageResult], loads: Sequence[Load]) -> list[Aim]:
    """Every aim for which both sides were measured."""
    return [*_less_cpu(rows), *_overhead(rows), *_never_slower(rows, loads)]


def _less_cpu(rows: Sequence[PageResult]) -> Iterator[Aim]:
    for row in rows:
        times, wanted = against_peer(row, rows), LESS_CPU.get(row.page)
        if row.model == "lama" and row.way.startswith(HTTP) and times is not None and wanted is not None:
            yield Aim(f"{row.page}, {row.way}: times less CPU than IOPaint", f"≥ {wanted:g}", times, times >= wanted)


def _overhead(rows: Sequence[PageResult]) -> Iterator[Aim]:
    for row in rows:
        if (share := overhead(row, rows, idle=row.idle_cpu_s)) is not None:
            what = f"{row.page}, {row.model}, {row.way}: times the bare engine"
            raw = overhead(row, rows) or share
            yield Aim(what, f"≤ {MOST_OVERHEAD:g}", raw, raw <= MOST_OVERHEAD)
            if share == raw:
                continue
            yield Aim(f"{what}, idle processes left out", f"≤ {MOST_OVERHEAD:g}", share, share <= MOST_OVERHEAD)


def _never_slower(rows: Sequence[PageResult], loads: Sequence[Load]) -> Iterator[Aim]:
    cpu = [times for row in rows if row.way.startswith(HTTP) and (times := against_peer(row, rows)) is not None]
    rate = [times for load in loads if load.way != PEER and (times := rate_against_peer(load, loads)) is not None]
    for what, found in (("least CPU ratio of all pages and models", cpu), ("least ratio of requests per second", rate)):
        if found:
            yield Aim(what, "≥ 1", min(found), min(found) >= 1)


def against_peer(row: PageResult, rows: Sequence[PageResult]) -> float | None:
    """How many times less CPU than the peer on the same page and model."""
    base = [each.cpu_s for each in rows if (each.page, each.model, each.way) == (row.page, row.model, PEER)]
    return round(base[0] / max(row.cpu_s, 0.01), 2) if base else None


def overhead(row: PageResult, rows: Sequence[PageResult], idle: float = 0.0) -> float | None:
    """CPU of a request over HTTP, less ``idle``, as a share of the bare engine's; None for other ways."""
    if not row.way.startswith(HTTP):
        return None
    bare = row.way.replace(HTTP, BARE)
    base = [each.cpu_s for each in rows if (each.page, each.model, each.way) == (row.page, row.model, bare)]
    return round((row.cpu_s - idle) / max(base[0], 0.01), 2) if base else None


def rate_against_peer(load: Load, loads: Sequence[Load]) -> float | None:
    """How many times the peer's requests per second with the same model and clients."""
    wanted = (load.model, load.clients, PEER)
    base = [each.per_second for each in loads if (each.model, each.clients, each.way) == wanted]
    return round(load.per_second / base[0], 2) if base else None


def show(rows: Sequence[PageResult], loads: Sequence[Load], console: Console) -> None:
    """Print pages, load and aims."""
    table = Table(
        *(_whole("page"), "model", _whole("way"), "CPU s", "idle", "÷", "× bare", "MiB", "one", "PSNR"),
        title=TITLE,
    )
    for row in rows:
        psnr = "∞" if row.psnr_outside_db is None else f"{row.psnr_outside_db:g}"
        spent = (f"{row.cpu_s:.3g}", f"{row.idle_cpu_s:.2g}")
        bare = [_text(overhead(row, rows)), _text(overhead(row, rows, idle=row.idle_cpu_s))]
        ratios = (_text(against_peer(row, rows)), " ".join(bare).strip())
        memory = (f"{row.peak_mib:g}", f"{row.largest_process_mib:g}")
        table.add_row(row.page, row.model, row.way, *spent, *ratios, *memory, psnr)
    console.print(table)
    if loads:
        console.print(_load_table(loads))
    console.print(_aim_table(aims(rows, loads)))


def _load_table(loads: Sequence[Load]) -> Table:
    heads = ("page", "model", _whole("way"), "clients", "asked", "per s", "×", "CPU s", "MiB")
    table = Table(*heads, title="Several clients at once: requests per second, × IOPaint's; CPU of one request")
    for load in loads:
        counts = (str(load.clients), str(load.requests), f"{load.per_second:g}")
        rest = (_text(rate_against_peer(load, loads)), f"{load.cpu_s_each:g}", f"{load.peak_mib:g}")
        table.add_row(load.page, load.model, load.way, *counts, *rest)
    return table


def _aim_table(found: Sequence[Aim]) -> Table:
    table = Table("aim", "wanted", "seen", "", title="aims")
    for aim in found:
        table.add_row(aim.what, aim.wanted, f"{aim.seen:g}", "met" if aim.met else "MISSED")
    return table


def _whole(name: str) -> Column:
    # a column holds its cells: one for each table
    return Column(name, no_wrap=True)


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
