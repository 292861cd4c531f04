"""``scripts/make_rayservice``: the Serve config of the cloud as the last part of the RayService."""

from pathlib import Path

import typer

from scripts.lib.cli import run

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "serve_config.gpu.yaml"
SERVICE = ROOT / "deploy" / "kuberay" / "rayservice.yaml"
KEY = "  serveConfigV2: |\n"


def with_config(service: str, config: str) -> str:
    """The RayService whose last part is this config."""
    before = service.partition(KEY)[0]
    lines = (f"    {line}".rstrip() for line in config.splitlines())
    return before + KEY + "\n".join(lines) + "\n"


def main() -> None:
    """Write the RayService anew."""
    SERVICE.write_text(with_config(SERVICE.read_text(), CONFIG.read_text()))
    typer.echo(SERVICE.relative_to(ROOT))


if __name__ == "__main__":
    run("make_rayservice", main)
