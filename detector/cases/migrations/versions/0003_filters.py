"""Filters of the queue that a team keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add one table; nothing that was there is touched."""
    op.create_table(
        "filters",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("dropped_us", sa.BigInteger(), nullable=True),
        sa.Column("dropped_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
