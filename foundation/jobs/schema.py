"""The tables of the job store and of the cache. Times are seconds since 1970 by the database's clock."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

metadata = MetaData()

job = Table(
    "job",
    metadata,
    Column("tenant", String(64), nullable=False),
    Column("id", String(64), nullable=False),
    Column("app", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("args", JSON, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("priority", Integer, nullable=False, default=0),
    Column("owner", String(64)),
    Column("fence", Integer, nullable=False, default=0),
    Column("lease_until", Double),
    Column("wake_at", Double),
    Column("attempts", Integer, nullable=False, default=0),
    Column("cancel_requested", Boolean, nullable=False, default=False),
    Column("progress", Double, nullable=False, default=0.0),
    Column("step", String(64)),
    Column("last_seq", Integer, nullable=False, default=0),
    Column("error", JSON),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("finished_at", Double),
    Column("subject", String(128), nullable=False, default="", server_default=""),
    Column("queued_at", Double, nullable=False, server_default="0"),
    PrimaryKeyConstraint("tenant", "id"),
    Index("job_ready", "app", "state", "priority", "queued_at"),
    Index("job_listed", "tenant", "app", "created_at"),
    Index("job_of_subject", "tenant", "app", "subject", "created_at"),
)

job_step = Table(
    "job_step",
    metadata,
    Column("tenant", String(64), nullable=False),
    Column("job_id", String(64), nullable=False),
    Column("step", String(64), nullable=False),
    Column("item", String(128), nullable=False),
    Column("blob", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("finished_at", Double, nullable=False),
    PrimaryKeyConstraint("tenant", "job_id", "step", "item"),
)

job_event = Table(
    "job_event",
    metadata,
    Column("tenant", String(64), nullable=False),
    Column("job_id", String(64), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("data", JSON, nullable=False),
    Column("at", Double, nullable=False),
    PrimaryKeyConstraint("tenant", "job_id", "seq"),
)

job_signal = Table(
    "job_signal",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("job_id", String(64), nullable=False),
    Column("step", String(64), nullable=False),
    Column("action", String(32), nullable=False),
    Column("data", JSON, nullable=False),
    Column("at", Double, nullable=False),
    Column("consumed_at", Double),
    Index("job_signal_of_job", "tenant", "job_id", "at"),
)

job_webhook = Table(
    "job_webhook",
    metadata,
    Column("tenant", String(64), nullable=False),
    Column("job_id", String(64), nullable=False),
    Column("url", Text, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Double, nullable=False),
    Column("delivered_at", Double),
    Column("last_error", Text),
    PrimaryKeyConstraint("tenant", "job_id"),
    Index("job_webhook_due", "delivered_at", "next_at"),
)

cache_entry = Table(
    "cache_entry",
    metadata,
    Column("key", String(128), primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("cache_entry_expiry", "expires_at"),
)
