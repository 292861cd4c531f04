"""What can go wrong with a ComfyUI server."""

from foundation.errors import ClientError, EngineNotReady, ServerError


class ServerLost(ServerError):
    """The server does not answer, or lost the job; another one may do it."""

    status = 503
    code = "comfyui_lost"
    title = "A ComfyUI server was lost"
    hint = "Check that the servers of COMFYUI_BASE_URL run; the task is tried on another one."
    retryable = True


class WorkflowRefused(ClientError):
    """The server's validation refused the workflow, for instance because a model is not there."""

    status = 422
    code = "workflow_refused"
    title = "ComfyUI refuses the workflow"
    hint = "Install what the detail names on the ComfyUI servers, or choose another workflow."


class WorkflowFailed(ServerError):
    """A node failed while it ran."""

    code = "workflow_failed"
    title = "A node of the workflow failed"
    hint = "The detail names the node; the log of the ComfyUI server says more."


class NoServer(EngineNotReady):
    """No server can take a job."""

    hint = "Start a ComfyUI server and set COMFYUI_BASE_URL to its address, with commas between several."
