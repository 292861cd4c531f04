"""Subjects of jobs, and webhooks"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.add_column(sa.Column("subject", sa.String(length=128), server_default="", nullable=False))
        batch_op.create_index("job_of_subject", ["tenant", "app", "subject", "created_at"], unique=False)
    op.create_table(
        "job_webhook",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("job_id", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.Column("delivered_at", sa.Double(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "job_id"),
    )
    with op.batch_alter_table("job_webhook", schema=None) as batch_op:
        batch_op.create_index("job_webhook_due", ["delivered_at", "next_at"], unique=False)


def downgrade() -> None:
    op.drop_table("job_webhook")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("job_of_subject")
        batch_op.drop_column("subject")
