"""Runs the chaos world for a while: kills and pauses processes and the database, then checks what is left."""

import asyncio
import multiprocessing
import os
import random
import signal
import time
from dataclasses import dataclass, field

from foundation.database import Database
from foundation.migrate import migrate
from tests.chaos import checker, world

# forks of a process that has imported everything: starting one must be faster than the killing
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.chaos.world"])
WORKERS, CLIENTS = 3, 2
# dealt in a random order, again and again: however few faults a slow machine has time for, each kind is among them
DECK = ("kill worker", "kill worker", "kill client", "pause worker")
DRAIN_SECONDS = 90


@dataclass
class Report:
    """What was done and what came of it."""

    killed: int = 0
    paused: int = 0
    database_killed: int = 0
    ends: dict = field(default_factory=dict)
    violations: list = field(default_factory=list)


class Chaos:
    """One run of the world against one store."""

    def __init__(self, url, folder, store="real", postgres=None, seed=0):
        self.url, self.store, self.postgres = url, store, postgres
        self.blobs = (folder / "blobs").as_uri()
        self.folder = folder
        self.rng = random.Random(seed)
        self.report = Report()
        self.processes = {}

    def run(self, seconds, enough=None):
        """Faults for ``seconds``, then quiet until all jobs end; stops early when ``enough`` says so."""
        asyncio.run(self._migrate())
        for n in range(WORKERS):
            self._start(f"worker{n}")
        for n in range(CLIENTS):
            self._start(f"client{n}")
        try:
            self._break_things(time.monotonic() + seconds)
            self._stop("client")
            self._drain(DRAIN_SECONDS if enough is None else enough)
        finally:
            self._stop("")
        ledgers = list(self.folder.glob("*.ledger"))
        found, ends = asyncio.run(checker.violations(self.url, self.blobs, ledgers))
        self.report.violations, self.report.ends = found, dict(ends)
        return self.report

    async def _migrate(self):
        database = Database(self.url)
        await migrate(database)
        await database.close()

    def _start(self, name):
        if name.startswith("worker"):
            process = FORKS.Process(target=world.work, args=(self.url, self.blobs, self.store), daemon=True)
        else:
            ledger = str(self.folder / f"{name}-{time.monotonic_ns()}.ledger")
            args = (self.url, ledger, self.store, self.rng.getrandbits(32))
            process = FORKS.Process(target=world.ask, args=args, daemon=True)
        process.start()
        self.processes[name] = process

    def _break_things(self, until):
        next_database = time.monotonic() + 6
        deck = []
        while time.monotonic() < until:
            self._tend(self.rng.uniform(0.4, 1.2))
            if self.postgres and time.monotonic() > next_database:
                self.postgres.kill()
                time.sleep(0.5)
                self.postgres.start()
                self.report.database_killed += 1
                next_database = time.monotonic() + 12
            deck = deck or self.rng.sample(DECK, len(DECK))
            verb, prefix = deck.pop().split()
            self._strike(verb, prefix)

    def _strike(self, verb, prefix):
        """One fault to a process that lives: one that a poison job has ended already proves nothing."""
        while True:
            self._restart_dead()
            name = self.rng.choice([n for n in sorted(self.processes) if n.startswith(prefix)])
            try:
                return self._pause(name) if verb == "pause" else self._kill(name)
            except ProcessLookupError:
                continue

    def _pause(self, name):
        pid = self.processes[name].pid
        os.kill(pid, signal.SIGSTOP)
        time.sleep(world.LEASE_SECONDS * 1.8)
        os.kill(pid, signal.SIGCONT)
        self.report.paused += 1

    def _kill(self, name):
        os.kill(self.processes[name].pid, signal.SIGKILL)
        self.processes[name].join()
        self.report.killed += 1

    def _tend(self, seconds):
        """Let the world run, putting a new process in the place of each that a poison job ended."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._restart_dead()
            time.sleep(0.05)

    def _restart_dead(self):
        for name, process in list(self.processes.items()):
            if not process.is_alive():
                process.join()
                self._start(name)

    def _drain(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            left, _ = asyncio.run(checker.unfinished(self.url))
            if not left:
                return
            # poison jobs kill their workers until they are given up
            self._restart_dead()
            time.sleep(0.3)

    def _stop(self, prefix):
        for name in [n for n in self.processes if n.startswith(prefix)]:
            process = self.processes.pop(name)
            process.kill()
            process.join()
