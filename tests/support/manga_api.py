"""Stories sent to the manga API, and its problems."""

API = "/api/v1/manga"
STORY = "むかし、おじいさんとおばあさんがいました。「こんにちは」とおじいさんは言いました。"


def generate(client, **changes):
    return client.post(f"{API}/generate", json={"text": STORY, "hitl_enabled": False} | changes)


def problem(response, status, code):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["code"] == code
    assert body["status"] == status
    assert body["detail"]
    assert body["hint"]
    assert body["request_id"] == response.headers["x-request-id"]
    return body
