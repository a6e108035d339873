"""What reviewing keeps: claims, answers, golden cases, suspended reasons, users."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add five tables; nothing that was there is touched."""
    _create_claims()
    _create_golden()
    _create_reviews()
    _create_suspensions()
    _create_users()


def _create_claims() -> None:
    op.create_table(
        "claims",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id"),
    )


def _create_golden() -> None:
    op.create_table(
        "golden",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "run"),
    )


def _create_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("review_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("reason_codes", sa.Text(), nullable=False),
        sa.Column("drawn", sa.String(), nullable=False),
        sa.Column("golden", sa.Boolean(), nullable=False),
        sa.Column("second_of", sa.String(), nullable=True),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=True),
        sa.Column("undone_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("review_id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("reviews_by_account", "reviews", ["account_id", "seq"], unique=False)
    op.create_index("reviews_by_reviewer", "reviews", ["reviewer", "seq"], unique=False)
    op.create_index("reviews_by_second", "reviews", ["second_of"], unique=False)


def _create_suspensions() -> None:
    op.create_table(
        "suspensions",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.Column("suspended_by", sa.String(), nullable=False),
        sa.Column("lifted_us", sa.BigInteger(), nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )


def _create_users() -> None:
    op.create_table(
        "users",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("added_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
