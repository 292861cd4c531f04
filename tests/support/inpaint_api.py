"""What the tests of the text-removal API send and look for."""

import base64

from tests.support.pictures import REGIONS, page, png
from tests.support.problems import problem
from tests.support.waiting import until

API = "/api/v1"


def b64(data):
    return base64.b64encode(data).decode()


IMAGE = b64(png(page()))


def body(**more):
    return {"image": IMAGE, "regions": REGIONS} | more


def diagnosed(response, status, code):
    """A problem with the diagnosis that the clients of text removal read."""
    payload = problem(response, status, code)
    diagnosis = payload["diagnosis"]
    assert set(diagnosis) == {
        *("reason", "category", "confidence", "description", "suggestions", "retry_recommended"),
        *("retry_with_reduced_params", "technical_details"),
    }
    assert diagnosis["category"] in {"connection", "timeout", "resource", "service", "input", "unknown"}
    return payload


def ended(client, task_id):
    def look():
        payload = client.get(f"/task-status/{task_id}").json()
        return payload if payload["status"] in {"completed", "error", "cancelled"} else None

    return until(look)
