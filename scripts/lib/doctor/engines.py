"""What the engines need: weights in the model folder, servers, Google, fonts and the other assets."""

import threading
from pathlib import Path

from yarl import URL

from foundation.settings import Settings
from scripts.lib.doctor.finding import Finding, broken, missing, one_line, ready
from scripts.lib.http import HttpError, get

ROOT = Path(__file__).parents[3]
SECONDS = 3.0
# Google's library loads much, and on a bare machine asks the network more than once
CREDENTIAL_SECONDS = 8.0
GUIDE = "docs/how-to/use-google.md"


def _models(settings: Settings) -> Path:
    # not resolved_model_dir, which would make the data folder
    return (settings.model_dir or settings.koma_data_dir / "models").expanduser().resolve()


def inpaint(settings: Settings) -> list[Finding]:
    """Which text-removal models have their weights; hashes are checked when they are loaded."""
    from engines.inpaint.models.catalogue import catalogue

    folder, name = _models(settings), settings.iopaint_model
    there = [card.name for card in catalogue().values() if card.files and not card.missing(folder)]
    if name not in catalogue():
        hint = f"set IOPAINT_MODEL to one of {', '.join(catalogue())}"
        return [broken("text removal", f"there is no model {name}", hint)]
    if lacks := catalogue()[name].missing(folder):
        detail = f"{name} lacks {', '.join(lacks)}; the draft fills instead"
        return [missing("text removal", detail, f"./scripts/fetch_models {name}")]
    return [ready("text removal", f"{name}; all weights: {', '.join(there) or 'none needed'}")]


def diffusion(settings: Settings) -> list[Finding]:
    """Checkpoints for style workflows and manga."""
    from engines.diffusion.weights.listing import names_in

    names = names_in(_models(settings) / "checkpoints")
    if not names:
        hint = "put .safetensors files or diffusers folders into MODEL_DIR/checkpoints"
        return [missing("Stable Diffusion", "no checkpoints; filters and drafts work instead", hint)]
    wanted = settings.style_checkpoint
    if wanted and wanted not in names:
        hint = f"put it into MODEL_DIR/checkpoints, or set STYLE_CHECKPOINT to one of {', '.join(names[:3])}"
        return [broken("Stable Diffusion", f"there is no checkpoint {wanted}", hint)]
    return [ready("Stable Diffusion", f"{len(names)} checkpoints, among them {names[0]}")]


def framepack(settings: Settings) -> list[Finding]:
    """FramePack's diffusers folder."""
    folder = _models(settings) / "framepack"
    if (folder / "model_index.json").is_file():
        return [ready("FramePack", str(folder))]
    hint = "put FramePack's diffusers folder at MODEL_DIR/framepack"
    return [missing("FramePack", "no weights; the draft sketches instead", hint)]


def comfyui(settings: Settings) -> list[Finding]:
    """The ComfyUI servers."""
    if not settings.comfyui_urls:
        return [missing("ComfyUI", "no servers", "set COMFYUI_BASE_URL")]
    return [_comfyui_at(url) for url in settings.comfyui_urls]


def _comfyui_at(url: str) -> Finding:
    place = URL(url).with_user(None)
    try:
        get(f"{url}/system_stats", SECONDS).raise_for_status()
    except HttpError as error:
        return broken("ComfyUI", f"{place}: {one_line(error)}", "start it, or correct COMFYUI_BASE_URL")
    return ready("ComfyUI", f"{place} answers")


def google(settings: Settings) -> list[Finding]:
    """The project and the credentials; nothing is asked of Google."""
    from engines.vertex.options import VertexOptions

    if not settings.vertex_project:
        return [missing("Google", "no project; the draft writes and draws", f"set VERTEX_PROJECT; see {GUIDE}")]
    if settings.vertex_token or VertexOptions.of(settings).emulated:
        return [ready("Google", f"project {settings.vertex_project}, by an emulator or a proxy")]
    if _has_credentials():
        return [ready("Google", f"project {settings.vertex_project}, credentials found")]
    hint = f"gcloud auth application-default login, or GOOGLE_APPLICATION_CREDENTIALS; see {GUIDE}"
    return [broken("Google", f"project {settings.vertex_project}, but no credentials were found", hint)]


def _has_credentials() -> bool:
    """Look where Google's library looks; on a machine without any it asks the network, and is not waited for."""
    found: list[bool] = []

    def look() -> None:
        from google.auth import default
        from google.auth.exceptions import GoogleAuthError

        try:
            default()
            found.append(True)
        except GoogleAuthError:
            return

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(CREDENTIAL_SECONDS)
    return bool(found)


def assets(settings: Settings) -> list[Finding]:
    """Fonts that open, the other assets, and the folders of one's own."""
    empty = [each.name for each in sorted((ROOT / "assets").iterdir()) if each.is_dir() and not any(each.iterdir())]
    hint = "restore them: git checkout assets"
    faces, bad = _faces()
    own = {"WORKFLOW_DIR": settings.workflow_dir, "STYLE_DIR": settings.style_dir, "LORA_DIR": settings.lora_dir}
    return [
        broken("fonts", f"{', '.join(bad)} cannot be read", hint) if bad else ready("fonts", f"{faces} faces"),
        broken("assets", f"{', '.join(empty)} are empty", hint) if empty else ready("assets", "all there"),
        *(
            broken(name, f"{folder} is not there", f"make the folder, or unset {name}")
            for name, folder in own.items()
            if folder and not folder.expanduser().is_dir()
        ),
    ]


def _faces() -> tuple[int, list[str]]:
    from engines.comic.lettering import faces

    names, folder = faces.files(), faces.FONT_DIR
    # a file that is missing or no font gives a face without glyphs, or none
    bad = [n for n in names if not (folder / f"{n}.ttf").is_file() or faces.face(n).face.glyph_count < 2]
    return len(names), bad
