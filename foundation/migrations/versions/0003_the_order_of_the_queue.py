"""The order of the queue"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.add_column(sa.Column("queued_at", sa.Double(), server_default="0", nullable=False))
    op.execute("update job set queued_at = created_at")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("job_ready")
        batch_op.create_index("job_ready", ["app", "state", "priority", "queued_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("job_ready")
        batch_op.create_index("job_ready", ["app", "state", "priority", "created_at"], unique=False)
        batch_op.drop_column("queued_at")
