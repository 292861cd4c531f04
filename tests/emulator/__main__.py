"""Run the emulator until it is told to end."""

import argparse
import asyncio
import signal

import uvicorn

from tests.emulator.answers import make_answer
from tests.emulator.calls import Switchboard
from tests.emulator.grpc_side import make_server
from tests.emulator.rest import make_app


async def main(options):
    switchboard = Switchboard(options.token, make_answer(options.side))
    calls = make_server(switchboard)
    grpc_port = calls.add_insecure_port(f"127.0.0.1:{options.grpc_port}")
    await calls.start()
    config = uvicorn.Config(
        make_app(switchboard), host="127.0.0.1", port=options.rest_port, log_level="warning", lifespan="off"
    )
    web = uvicorn.Server(config)
    running = asyncio.create_task(web.serve())
    while not web.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    print("ready", web.servers[0].sockets[0].getsockname()[1], grpc_port, flush=True)
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    web.should_exit = web.force_exit = True
    await calls.stop(None)
    await running


def arguments():
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description="Vertex AI on a bare laptop.")
    parser.add_argument("--rest-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--grpc-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--token", help="answer 401 to calls without this bearer token")
    parser.add_argument("--side", type=int, default=1024, help="pixels of the side of a square picture")
    return parser.parse_args()


asyncio.run(main(arguments()))
