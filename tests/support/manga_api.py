"""Stories sent to the manga API."""

API = "/api/v1/manga"
STORY = "むかし、おじいさんとおばあさんがいました。「こんにちは」とおじいさんは言いました。"


def generate(client, **changes):
    return client.post(f"{API}/generate", json={"text": STORY, "hitl_enabled": False} | changes)
