"""The FramePack application in a process of its own, to be killed: ``python -m tests.support.framepack_process a,b``.

It holds back the pictures of these prompts and all films, prints its URL, and serves until it is killed.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading

from tests.support.framepack_app import FramePackApp


def serve(prompts):
    """Serve for ever. Without prompts all pictures are held back."""
    app = FramePackApp()
    with app.served() as url:
        app.close("image", "section", only=lambda job, *_: not prompts or job.prompt in prompts)
        print(url, flush=True)
        threading.Event().wait()


@contextlib.contextmanager
def killed_at_the_end(folder, *prompts):
    """The URL of such a process for the time of the block; then it is killed, without a chance to tidy up."""
    command = [sys.executable, "-m", "tests.support.framepack_process", ",".join(prompts)]
    environment = os.environ | {"KOMA_DATA_DIR": str(folder)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()


if __name__ == "__main__":
    serve([prompt for prompt in sys.argv[1].split(",") if prompt])
