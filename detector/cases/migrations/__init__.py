"""How the tables of a case store came to be, step by step, by Alembic."""
