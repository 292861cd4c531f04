"""``scripts/plan``: what a Serve config's models take of GPUs, and whether a set of cards can hold them."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import count
from math import ceil
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from deployments.cluster import ROOT, read_config
from deployments.packing import Replica
from foundation.errors import Misconfigured
from graphs.capacity.needs import CONTEXT_GIB, SLACK
from graphs.capacity.plan import CapacityPlan, Wanted, plan, wanted_by, without_a_place
from graphs.common.profiles import profile_names, profile_of
from scripts.lib.cli import run

BAR = 30


def main(
    config: Annotated[Path, typer.Argument(help="A Serve config file.")] = ROOT / "serve_config.gpu.yaml",
    profile: Annotated[str | None, typer.Option(help="Use this profile in place of the config's.")] = None,
    cards: Annotated[int | None, typer.Option(min=1, help="How many cards there are; by default, as it takes.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as JSON.")] = False,
) -> None:
    """Show what each model takes of a card and where it lies; exit 1 when it cannot fit."""
    try:
        applied = _with(read_config(config), profile)
        wanted = wanted_by(applied)
        name = _profile_in(applied)
        number = cards or _least_cards(wanted, most=True)
        at_rest = cards or _least_cards(wanted, most=False)
        laid = {most: plan(wanted, [name] * n, most) for most, n in ((False, at_rest), (True, number))}
    except Misconfigured as error:
        typer.secho(error.detail, fg="red", err=True)
        raise typer.Exit(1) from error
    faults = [*_too_small(wanted), *_no_room(laid[False], number), *_never(wanted, number)]
    if as_json:
        typer.echo(json.dumps(_as_json(name, wanted, laid, faults), indent=2))
    else:
        _show(Console(highlight=False), name, wanted, laid)
        for fault in faults:
            typer.secho(fault, fg="red", err=True)
    raise typer.Exit(1 if faults else 0)


def _with(config: dict[str, Any], profile: str | None) -> dict[str, Any]:
    if profile is None:
        return config
    named = [
        app | {"args": app["args"] | {"profile": profile}} if "profile" in app.get("args", {}) else app
        for app in config["applications"]
    ]
    return config | {"applications": named}


def _profile_in(config: dict[str, Any]) -> str:
    names = {app["args"]["profile"] for app in config["applications"] if app.get("args", {}).get("profile")}
    if len(names) != 1:
        found = ", ".join(sorted(names)) or "no profile"
        raise Misconfigured(
            f"a plan is for cards of one size, and this config names {found}; say the same profile, one of "
            f"{', '.join(profile_names())}, in the args of each application with models"
        )
    return names.pop()


def _least_cards(wanted: Sequence[Wanted], most: bool) -> int:
    return next(n for n in count(1) if not plan(wanted, [""] * n, most).left)


def _too_small(wanted: Sequence[Wanted]) -> list[str]:
    return [
        f"{each.deployment}: a replica needs {each.need.gib:.1f} GiB and has {each.gib:.1f}: num_gpus must be "
        f"{ceil(100 * each.share * each.need.gib / each.gib) / 100:g} or more, or its engine must take less"
        for each in wanted
        if not each.fits
    ]


def _no_room(laid_out: CapacityPlan, number: int) -> list[str]:
    names = sorted({replica.deployment for replica in laid_out.left})
    return [
        f"{name}: there is no room for it on {_cards(number)}, even at rest; add cards or lower num_gpus"
        for name in names
    ]


def _never(wanted: Sequence[Wanted], number: int) -> list[str]:
    return [
        f"{name}: it comes with its first call, and there is no room for it on {_cards(number)} beside what always "
        "runs; add cards or lower num_gpus"
        for name in without_a_place(wanted, number)
    ]


def _cards(number: int) -> str:
    return f"{number} card{'s' if number > 1 else ''}"


def _show(console: Console, profile: str, wanted: Sequence[Wanted], laid: dict[bool, CapacityPlan]) -> None:
    sized = profile_of(profile)
    assumed = sized.assumes
    console.print(
        f"[bold]{profile}[/bold]: {sized.card}, {sized.card_gib:g} GiB; {assumed.family} at {assumed.side} px"
    )
    table = Table("deployment", box=None, pad_edge=False, header_style="bold")
    for title in ("replicas", "weights", "work", "needs GiB", "has GiB", "share"):
        table.add_column(title, justify="right")
    for each in wanted:
        replicas = f"{each.least}-{each.most}" if each.least != each.most else str(each.least)
        has = f"{each.gib:.1f}" if each.fits else f"[red]{each.gib:.1f} ![/red]"
        figures = (f"{each.need.weights:.1f}", f"{each.need.work:.1f}", f"{each.need.gib:.1f}", has)
        table.add_row(each.deployment, replicas, *figures, f"{each.share:g}")
    console.print(table)
    console.print(f"needs = (weights + work) × {SLACK:g} + {CONTEXT_GIB:g}", style="dim")
    for most, title in ((False, "at rest"), (True, "under full load")):
        console.print(f"\n[bold]{title}[/bold]")
        for number, card in enumerate(laid[most].cards, 1):
            filled = round(card.used * BAR)
            bar = f"{'█' * filled}{'░' * (BAR - filled)} {card.used:4.0%}"
            console.print(f"card {number} {bar}  {_counted(card.replicas) or 'nothing'}", soft_wrap=True)
        if left := laid[most].left:
            warning = f"[yellow]no room for {_counted(left)}: their calls wait for the others[/yellow]"
            console.print(warning, soft_wrap=True)


def _counted(replicas: Sequence[Replica]) -> str:
    counts = Counter(replica.deployment for replica in replicas)
    return ", ".join(f"{name} ×{n}" if n > 1 else name for name, n in counts.items())


def _as_json(
    profile: str, wanted: Sequence[Wanted], laid: dict[bool, CapacityPlan], faults: Sequence[str]
) -> dict[str, Any]:
    def as_cards(laid_out: CapacityPlan) -> dict[str, Any]:
        cards = [
            {"used": round(card.used, 4), "replicas": [asdict(r) for r in card.replicas]} for card in laid_out.cards
        ]
        return {"cards": cards, "left": [asdict(replica) for replica in laid_out.left]}

    return {
        "profile": profile,
        "card_gib": profile_of(profile).card_gib,
        "deployments": [asdict(each) | {"needs_gib": each.need.gib, "fits": each.fits} for each in wanted],
        "at_rest": as_cards(laid[False]),
        "under_full_load": as_cards(laid[True]),
        "faults": list(faults),
    }


if __name__ == "__main__":
    run("plan", main)
