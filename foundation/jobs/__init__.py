"""Durable jobs: SQL is the truth, a lease with a fencing number guards each write of a worker.

    submit -> queued -> running -> completed | failed | cancelled
                 ^         |
                 └ waiting ┘   (a person is asked; no process is held)

Steps run at least once, visible effects happen once: a step's result is in the blob store before its
journal row, and the row, its events and the progress are one transaction.
"""
