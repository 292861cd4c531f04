"""The job store under kill -9, pauses longer than the lease, and the death of its database."""

import pytest

from tests.chaos.harness import Chaos
from tests.support.servers import Postgres

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]
SECONDS = [30, pytest.param(120, marks=pytest.mark.slow)]
MUTANT_SECONDS = 20


def sqlite(folder):
    return f"sqlite+aiosqlite:///{folder}/koma.db"


def expect_no_violations(report, seconds):
    print(report)
    assert report.violations == []
    assert sum(report.ends.values()) >= seconds * 0.8, "too little happened to prove anything"
    assert report.killed >= seconds / 6
    assert report.paused >= seconds / 20
    assert {"completed", "failed", "cancelled"} <= set(report.ends)


@pytest.mark.parametrize("seconds", SECONDS)
def test_sqlite_survives_killed_and_paused_workers(tmp_path, seconds):
    expect_no_violations(Chaos(sqlite(tmp_path), tmp_path, seed=1).run(seconds), seconds)


@pytest.mark.parametrize("seconds", SECONDS)
def test_postgresql_survives_that_and_its_own_death(tmp_path, seconds):
    server = Postgres()
    try:
        report = Chaos(server.url, tmp_path, postgres=server, seed=2).run(seconds)
    finally:
        server.stop()
    expect_no_violations(report, seconds)
    assert report.database_killed >= seconds / 20


@pytest.mark.parametrize("mutant", ["no_fence", "no_reclaim", "events_outside", "ack_before_commit"])
def test_a_broken_store_is_caught(tmp_path, mutant):
    report = Chaos(sqlite(tmp_path), tmp_path, store=mutant, seed=3).run(MUTANT_SECONDS, enough=15)
    print(report.killed, report.paused, report.ends, report.violations[:3])
    assert report.violations, f"the harness did not notice {mutant}"
