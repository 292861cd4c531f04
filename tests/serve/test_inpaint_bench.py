"""The bench of text removal over HTTP, in short: a tiny LaMa, the small page, IOPaint's server if it is there."""

from contextlib import ExitStack

import pytest

from graphs.inpaint.app import InpaintArgs, build
from scripts.lib.bench.inpaint import peer
from scripts.lib.bench.inpaint.load import measure_load
from scripts.lib.bench.inpaint.measure import measure
from scripts.lib.bench.inpaint.pages import small
from scripts.lib.bench.inpaint.table import aims
from scripts.lib.bench.inpaint.ways import MODES, KomaWay, PeerWay, bare_ways

PREFIX = "/bench"


@pytest.fixture(scope="module")
def weights(cluster):
    from scripts.lib.make_tiny_models import make

    folder = cluster.data / "models"
    make(["lama"], folder)
    return folder


@pytest.fixture(scope="module")
def servers(cluster, shared_app, weights, tmp_path_factory):
    """IOPaint's server where the long form has installed it, and the house."""
    shared_app(build(InpaintArgs()), PREFIX, "bench-inpaint")
    with ExitStack() as stack:
        found = []
        if peer.is_installed():
            answer = stack.enter_context(peer.serving_peer(weights, tmp_path_factory.mktemp("peer"), "lama"))
            found.append(PeerWay(answer.url, answer.pid))
        else:
            print("IOPaint's server is not installed, and left out: the long form installs it")
        yield [*found, *(KomaWay(cluster.url + PREFIX, mode) for mode in MODES)]


def test_each_way_takes_the_words_out_and_nothing_else(servers, weights):
    rows = measure([*servers, *bare_ways(weights)], [small()], ["lama", "cv2"], 1)
    assert len(rows) == 2 * (len(servers) + 2)
    for row in rows:
        assert row.cpu_s > 0
        assert row.peak_mib >= row.largest_process_mib > 100
        assert (row.changed_outside, row.psnr_outside_db) == (0, None)
    assert [aim.wanted for aim in aims(rows, [])].count("≤ 1.2") == 4


def test_several_clients_are_served_at_once(servers):
    for load in measure_load(servers, small(), "cv2", (1, 4), 2):
        assert load.requests == max(load.clients, 2)
        assert load.per_second > 0
        assert load.cpu_s_each > 0
