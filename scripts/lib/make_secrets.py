"""``scripts/make_secrets``: files of secrets from their examples, each ``<hex N>`` replaced by N random bytes."""

import os
import re
import secrets
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from scripts.lib.cli import run

DEPLOY = Path(__file__).parents[2] / "deploy"


class Place(StrEnum):
    """Where Koma will run."""

    COMPOSE = "compose"
    CLOUD = "cloud"


def fill(example: str) -> str:
    """The text with a random value in place of each ``<hex N>``."""
    return re.sub(r"<hex (\d+)>", lambda match: secrets.token_hex(int(match[1])), example)


def contents(place: Place, deploy: Path) -> dict[Path, str]:
    """The files to write with what they hold."""
    if place is Place.COMPOSE:
        return {deploy / ".env": fill((deploy / ".env.example").read_text())}
    folder = deploy / "secrets"
    env = fill((deploy / "cloud.env.example").read_text())
    (password,) = re.findall(r"^RAY_REDIS_PASSWORD=(\w+)$", env, re.MULTILINE)
    return {
        folder / "env": env,
        # Ray's own: who has it may run code on the cluster
        folder / "auth_token": secrets.token_hex(32),
        # for `kubectl create secret --from-file`, which takes a file as it is
        folder / "redis_password": password,
    }


def write(files: dict[Path, str]) -> None:
    """Write them for the owner's eyes alone. Raises FileExistsError before any is written."""
    for path in files:
        if path.exists():
            raise FileExistsError(path)
    for path, text in files.items():
        path.parent.mkdir(exist_ok=True, mode=0o700)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)


def main(
    place: Annotated[Place, typer.Argument(help="compose: deploy/.env; cloud: deploy/secrets/.")] = Place.COMPOSE,
    deploy: Annotated[Path, typer.Option(help="The folder with the examples.", hidden=True)] = DEPLOY,
) -> None:
    """Write a file of secrets with fresh random values."""
    files = contents(place, deploy)
    try:
        write(files)
    except FileExistsError as error:
        typer.secho(f"{error} is there already; delete it to have new secrets", fg="red", err=True)
        raise typer.Exit(1) from error
    for path in files:
        typer.echo(path)
    if place is Place.CLOUD:
        typer.echo("write your servers into env: DATABASE_URL, REDIS_URL, BLOB_URL, RAY_REDIS_ADDRESS")


if __name__ == "__main__":
    run("make_secrets", main)
