"""What a Parquet footer says in two places, which must agree: no checksum covers it.

A flipped bit in a column's name would make it another column, of which nothing is known, and
the file's rows would be taken for whole. Each column is named and typed in the schema and again
beside its pages.
"""

from pipelines.reading.shared.arrow import Footer
from pipelines.reading.shared.mapping import refuse


def check_footer(footer: Footer) -> None:
    """See that a footer does not contradict itself.

    Raises:
        UnmappedError: If it does.
    """
    columns = range(footer.num_columns if footer.num_row_groups else 0)
    for number in columns:
        here, there = footer.schema.column(number), footer.row_group(0).column(number)
        if (here.path, here.physical_type) != (there.path_in_schema, there.physical_type):
            raise refuse("is damaged: its footer gives a column two names or types")
