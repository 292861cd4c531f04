"""The job store under kill -9, pauses longer than the lease, and the death of its database."""

import pytest

from tests.chaos.harness import Chaos
from tests.support.servers import Postgres

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]
SECONDS = 60
MUTANT_SECONDS = 20


def sqlite(folder):
    return f"sqlite+aiosqlite:///{folder}/koma.db"


def expect_no_violations(report, least_jobs):
    print(report)
    assert report.violations == []
    assert sum(report.ends.values()) >= least_jobs, "too little happened to prove anything"
    assert report.killed >= 10
    assert report.paused >= 3
    assert {"completed", "failed", "cancelled"} <= set(report.ends)


def test_sqlite_survives_killed_and_paused_workers(tmp_path):
    expect_no_violations(Chaos(sqlite(tmp_path), tmp_path, seed=1).run(SECONDS), least_jobs=50)


def test_postgresql_survives_that_and_its_own_death(tmp_path):
    server = Postgres()
    try:
        report = Chaos(server.url, tmp_path, postgres=server, seed=2).run(SECONDS)
    finally:
        server.stop()
    expect_no_violations(report, least_jobs=50)
    assert report.database_killed >= 3


@pytest.mark.parametrize("mutant", ["no_fence", "no_reclaim", "events_outside", "ack_before_commit"])
def test_a_broken_store_is_caught(tmp_path, mutant):
    report = Chaos(sqlite(tmp_path), tmp_path, store=mutant, seed=3).run(MUTANT_SECONDS, enough=15)
    print(report.killed, report.paused, report.ends, report.violations[:3])
    assert report.violations, f"the harness did not notice {mutant}"
