"""Turns requests into durable jobs: LoRAs and pictures are checked, the pictures are stored, then the job."""

from collections.abc import Mapping, Sequence
from typing import Any

from foundation.errors import InvalidInput
from foundation.jobs.types import Job, NewJob
from serve_app.framepack.answers import Accepted
from serve_app.framepack.form import WITHOUT_EFFECT, FilmForm
from serve_app.framepack.loras import RequestedLora, check_loras, requested_loras
from serve_app.framepack.pictures import check_sizes, cut_warnings, decoded, size_of_film, size_of_transfer
from serve_app.framepack.schemas import IMAGES, VIDEOS, BatchRequest, ImageRequest, PictureOptions, TransferRequest
from serve_app.framepack.status import FILM, PREFIX, STATUS
from serve_app.framepack.view import links_base, position_of
from serve_app.http.application import application_of, engine_models
from serve_app.jobs.accept import Acceptance, new_job_id, warnings_of_job
from serve_app.jobs.fields import WrongField
from serve_app.jobs.warnings import RequestWarning, warnings_of

LOCAL = "local"
MESSAGES = {
    "video": "Video generation job added to queue.",
    "image": "Image generation job added to queue.",
    "batch_image": "Batch image generation job added to queue.",
    "image_transfer": "Image transfer job added to queue.",
}
LARGEST_BATCH = 8
# what the arguments of a job hold in another form
ELSEWHERE = {"priority", "job_id", "lora_paths", "lora_scales", "lora_path", "lora_scale"}
PICTURES = {"start_image", "source_image", "target_image", "source_mask", "target_mask"}
Args = dict[str, Any]


class FramePackAcceptance(Acceptance):
    """Accepts the jobs of one request. Raises WrongField, Conflict, Overloaded."""

    async def image(self, body: ImageRequest, pictures: Mapping[str, bytes] | None = None) -> Job:
        """One picture, or several of a sweep. ``pictures`` are there in place of the fields in base64."""
        files = pictures or await decoded({"start_image": body.start_image}, self.settings)
        args = await self._args(body, "image", requested_loras(body.lora_paths, body.lora_scales))
        args |= {"batch_size": min(body.rope_sweep or 1, LARGEST_BATCH)}
        _warn(args, cut_warnings(await check_sizes(files, self.settings), (body.width, body.height)))
        return await self._submit(body, IMAGES, args, {"start_key": files.get("start_image")})

    async def batch(self, body: BatchRequest) -> Job:
        """One picture of each prompt."""
        args = await self._args(body, "batch_image", requested_loras(body.lora_paths, body.lora_scales))
        return await self._submit(body, IMAGES, args, {})

    async def transfer(self, body: TransferRequest, pictures: Mapping[str, bytes] | None = None) -> Job:
        """A picture between two."""
        texts = {name: getattr(body, name) for name in PICTURES if hasattr(body, name)}
        files = pictures or await decoded(texts, self.settings)
        args = await self._args(body, "image_transfer", requested_loras(body.lora_paths, body.lora_scales))
        sizes = await check_sizes(files, self.settings)
        own = (body.width, body.height) if body.width and body.height else None
        size = own or size_of_transfer(sizes["source_image"])
        args |= {"width": size[0], "height": size[1], "batch_size": 1}
        _warn(args, cut_warnings(sizes, size))
        keys = {f"{name.removesuffix('_image')}_key": files.get(name) for name in sorted(PICTURES - {"start_image"})}
        return await self._submit(body, IMAGES, args, keys)

    async def film(self, form: FilmForm, image: bytes, end_image: bytes | None) -> Job:
        """A film that begins with a picture, and may end with another."""
        files = {"image": image} | ({"end_image": end_image} if end_image is not None else {})
        if end_image is not None and form.sampling_mode == "forward":
            wrong = "only sampling_mode reverse can end a film with a picture; choose reverse, or leave the picture out"
            raise WrongField("end_image", InvalidInput(wrong))
        loras = [RequestedLora("lora_path", form.lora_path, form.lora_scale)] if form.lora_path else []
        args = await self._args(form, FILM, loras)
        sizes = await check_sizes(files, self.settings)
        width, height = size_of_film(sizes["image"], form.resolution)
        args |= {"width": width, "height": height}
        _warn(args, cut_warnings(sizes, (width, height)))
        return await self._submit(form, VIDEOS, args, {"image_key": image, "end_key": end_image})

    async def answer(self, job: Job) -> Accepted:
        """The answer of the new routes."""
        base = links_base(self.request, job.id)
        return Accepted(
            job_id=job.id,
            message=MESSAGES[job.args["type"]],
            type=job.args["type"],
            status=STATUS[job.state],
            position=await position_of(self.stores, job),
            status_url=base,
            events_url=f"{base}/events",
            websocket_url=self.socket_url(f"{PREFIX}/jobs/{job.id}/ws"),
            warnings=warnings_of_job(job),
        )

    async def _args(self, body: PictureOptions | FilmForm, kind: str, loras: Sequence[RequestedLora]) -> Args:
        if loras and body.engine == "draft":
            raise WrongField("engine", InvalidInput("the draft has no LoRAs; choose auto or local, or leave them out"))
        await check_loras(loras, self.settings.resolved_lora_dir, engine_models(application_of(self.request))[LOCAL])
        args = body.model_dump(exclude=ELSEWHERE | PICTURES) | {"type": kind}
        args |= {"negative_prompt": body.negative_prompt or "", "loras": [[lora.name, lora.scale] for lora in loras]}
        _warn(args, warnings_of(body, WITHOUT_EFFECT if isinstance(body, FilmForm) else None))
        return args

    async def _submit(
        self, body: PictureOptions | FilmForm, app: str, args: Args, files: Mapping[str, bytes | None]
    ) -> Job:
        job_id = new_job_id(body.job_id)
        names = {f"{name.removesuffix('_key')}.image": name for name in files}
        keys = await self.store(job_id, {file: files[name] or None for file, name in names.items()})
        args |= {name: keys[file] for file, name in names.items()}
        return await self.submit(NewJob(app, args, id=job_id, priority=body.priority))


def _warn(args: Args, warnings: Sequence[RequestWarning]) -> None:
    """Keep warnings with the arguments of a job, which returns them with its state."""
    if warnings:
        args["warnings"] = [*args.get("warnings", ()), *(warning.model_dump() for warning in warnings)]
