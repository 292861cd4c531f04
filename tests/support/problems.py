"""The one shape of every error that an API answers with."""


def problem(response, status, code):
    """The body of a refusal, checked for what every problem has."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["code"] == code
    assert body["status"] == status
    assert body["detail"]
    assert body["hint"]
    assert body["request_id"] == response.headers["x-request-id"]
    return body
