"""The server itself: nodes, models, machine."""

import platform
import sys
from typing import Any

from fastapi import APIRouter

from serve_app.comfyui.route_class import ComfyRoute, refusals
from serve_app.comfyui.routes import DiffuserOf
from serve_app.comfyui.view import PROTOCOL
from serve_app.jobs.stores import StoresOf

Json = dict[str, Any]
FAILS = refusals(403, 503)


router = APIRouter(tags=["comfyui"], route_class=ComfyRoute)


@router.get("/object_info", responses=FAILS)
async def all_nodes(diffuser: DiffuserOf) -> Json:
    """Describe all nodes."""
    return await diffuser.object_info()


@router.get("/object_info/{node_class}", responses=FAILS)
async def one_node(diffuser: DiffuserOf, node_class: str) -> Json:
    """Describe one node; empty for an unknown one."""
    return await diffuser.object_info(node_class)


@router.get("/system_stats", responses=FAILS)
async def system_stats(diffuser: DiffuserOf) -> Json:
    """Describe the machine. The version is that of the protocol."""
    machine = await diffuser.machine()
    system = {
        "os": platform.system().lower(),
        "comfyui_version": PROTOCOL,
        "python_version": sys.version,
        "embedded_python": False,
        "argv": ["koma"],
    }
    return {"system": system | machine["system"], "devices": machine["devices"]}


@router.get("/features", responses=FAILS)
async def features(stores: StoresOf) -> Json:
    """List the features beyond the oldest protocol."""
    return {"supports_preview_metadata": True, "max_upload_size": stores.settings.max_file_size}


@router.get("/models", responses=FAILS)
async def model_folders(diffuser: DiffuserOf) -> list[str]:
    """List the folders of models."""
    return sorted(await diffuser.models())


@router.get("/models/{folder}", responses=FAILS)
async def models(diffuser: DiffuserOf, folder: str) -> list[str]:
    """List the models in a folder; empty for an unknown folder."""
    return (await diffuser.models()).get(folder, [])


@router.get("/embeddings", responses=FAILS)
async def embeddings(diffuser: DiffuserOf) -> list[str]:
    """List the textual inversions, without their file extensions."""
    names = (await diffuser.models()).get("embeddings", [])
    return [name.removesuffix(".safetensors") for name in names]
