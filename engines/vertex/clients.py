"""Google's own clients, made once for each location. They import slowly and do not pickle: make them where they run."""

from typing import Any

from engines.vertex.errors import AuthFailed
from engines.vertex.options import VertexOptions, is_loopback

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
NO_LIMIT = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
EMULATED_TOKEN = "emulator"  # noqa: S105  a placeholder, no secret
CONNECT_S = 10.0


class Clients:
    """The clients of one replica. Close them in the event loop in which they were used."""

    def __init__(self, options: VertexOptions) -> None:
        self._options = options
        self._gemini: dict[str, Any] = {}
        self._imagen: dict[str, tuple[Any, Any]] = {}
        self._http: Any = None

    def gemini(self, location: str) -> Any:
        """``google.genai``'s async models. It speaks through httpx: its other way hides retries and does not pickle."""
        if location not in self._gemini:
            import httpx
            from google import genai
            from google.genai.types import HttpOptions

            self._http = self._http or httpx.AsyncClient(timeout=httpx.Timeout(None, connect=CONNECT_S))
            # with a base_url the client forgets a project or location that is not given right here
            client = genai.Client(
                enterprise=True,
                project=self._project(),
                location=location,
                credentials=self._credentials(self._options.base_url),
                http_options=HttpOptions(
                    base_url=self._options.base_url, api_version="v1", httpx_async_client=self._http
                ),
            )
            self._gemini[location] = client.aio.models
        return self._gemini[location]

    def imagen(self, location: str) -> tuple[Any, list[tuple[str, str]]]:
        """The prediction client over gRPC, and the metadata of its calls."""
        if location not in self._imagen:
            self._imagen[location] = self._predictions(location)
        return self._imagen[location]

    def _predictions(self, location: str) -> tuple[Any, list[tuple[str, str]]]:
        import grpc
        from google.api_core.client_options import ClientOptions
        from google.cloud.aiplatform_v1 import PredictionServiceAsyncClient
        from google.cloud.aiplatform_v1.services.prediction_service.transports import (
            PredictionServiceGrpcAsyncIOTransport,
        )

        target = self._options.grpc_target
        if target and is_loopback(f"//{target}"):
            # only a ready channel goes without TLS
            channel = grpc.aio.insecure_channel(target, NO_LIMIT)
            transport = PredictionServiceGrpcAsyncIOTransport(channel=channel)
            token = self._options.token or EMULATED_TOKEN
            return PredictionServiceAsyncClient(transport=transport), [("authorization", f"Bearer {token}")]
        host = "aiplatform.googleapis.com" if location == "global" else f"{location}-aiplatform.googleapis.com"
        options = ClientOptions(api_endpoint=target or host)
        return PredictionServiceAsyncClient(credentials=self._credentials(target), client_options=options), []

    def endpoint(self, model: str, location: str) -> str:
        """The resource name of a model of Google's."""
        return f"projects/{self._project()}/locations/{location}/publishers/google/models/{model}"

    def _project(self) -> str:
        if not self._options.project:
            raise AuthFailed("VERTEX_PROJECT is not set; set it to the id of your Google Cloud project")
        return self._options.project

    def _credentials(self, address: str | None) -> Any:
        """A fixed token, or None: then Google's library looks for credentials by itself."""
        from google.oauth2.credentials import Credentials

        if self._options.token:
            return Credentials(token=self._options.token)
        return Credentials(token=EMULATED_TOKEN) if address and is_loopback(address) else None

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()
        for client, _ in self._imagen.values():
            await client.transport.close()
        self._gemini, self._imagen, self._http = {}, {}, None
