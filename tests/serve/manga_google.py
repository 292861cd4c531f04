"""Stories sent to the manga application that draws by Google's models."""

from tests.support.waiting import until

API = "/api/v1/manga"


STORY = (
    "放課後の屋上。ハルは空を見上げていた。\n「ねえ、ハル」とミオが言った。\n「えっ……！？」ハルは驚いた。\n"
    "「いっしょに星を見に行こう！」ミオが叫んだ。\n「ほ、本気かよ！？」とハルは言った。\n二人は走り出した。"
)


def begin(client, writer="draft", artist="imagen", **changes):
    # the application that takes lettering out is not there, and would be waited for in the first minute
    body = {"text": STORY, "hitl_enabled": False, "clean_lettering": False}
    body |= {"engines": {"writer": writer, "artist": artist}} | changes
    answer = client.post(f"{API}/generate", json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()["session_id"]


def session(client, name):
    return client.get(f"{API}/sessions/{name}").json()


def ended(client, name):
    return until(lambda: (status := session(client, name))["status"] in {"completed", "failed", "cancelled"} and status)


def phase(client, name, number):
    return client.get(f"{API}/sessions/{name}/phase/{number}").json()["output_data"]
