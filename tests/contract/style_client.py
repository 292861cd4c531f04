"""The Python client of seed 004, unchanged but for its base URL, its pause, and the batch call that it only names."""

import asyncio
import time
from typing import Any

import aiohttp
from tenacity import retry, stop_after_attempt, wait_exponential

PAUSE = 0.05


class StyleTransformService:
    def __init__(self, api_base_url: str = "http://style-api:8000"):
        self.api_base_url = api_base_url

    async def transform_image(self, user_id: str, image_url: str, style_type: str = "clay") -> dict[str, Any]:
        """提交图像变换任务"""
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{self.api_base_url}/api/v1/transform",
                json={"user_id": user_id, "image_url": image_url, "style_type": style_type, "strength": 0.6},
            ) as response,
        ):
            return await response.json()

    async def transform_batch(self, user_id: str, image_urls: list[str], style_type: str) -> dict[str, Any]:
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{self.api_base_url}/api/v1/transform/batch",
                json={"user_id": user_id, "image_urls": image_urls, "style_type": style_type, "strength": 0.7},
            ) as response,
        ):
            return await response.json()

    async def get_task_status(self, task_id: str) -> dict[str, Any]:
        """查询任务状态"""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.api_base_url}/api/v1/task/{task_id}") as response,
        ):
            return await response.json()

    async def wait_for_completion(self, task_id: str, timeout: int = 300) -> dict[str, Any]:  # noqa: ASYNC109
        """等待任务完成"""
        start_time = time.time()
        while time.time() - start_time < timeout:
            result = await self.get_task_status(task_id)
            if result["status"] == "completed":
                return result
            elif result["status"] == "failed":
                raise Exception(f"任务失败: {result.get('error_message')}")
            await asyncio.sleep(PAUSE)
        raise TimeoutError("任务超时")


async def poll_task_status(service: StyleTransformService, task_id: str, callback=None):
    """轮询任务状态直到完成"""
    while True:
        status = await service.get_task_status(task_id)

        if callback:
            await callback(status)

        if status["status"] == "completed":
            return status["output_image_url"]
        elif status["status"] == "failed":
            raise Exception(status.get("error_message", "任务失败"))

        await asyncio.sleep(PAUSE)


async def process_batch_images(service: StyleTransformService, user_id: str, image_urls: list):
    """批量处理图像"""
    batch_result = await service.transform_batch(user_id, image_urls, "clay")

    tasks = []
    for task_result in batch_result["results"]:
        task = poll_task_status(service, task_result["task_id"])
        tasks.append(task)

    return await asyncio.gather(*tasks, return_exceptions=True)


@retry(stop=stop_after_attempt(3), wait=wait_exponential(multiplier=0.01, min=0.01, max=0.1))
async def robust_transform_image(service: StyleTransformService, user_id: str, image_url: str):
    """带重试机制的图像变换"""
    return await service.transform_image(user_id, image_url)
