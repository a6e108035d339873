"""Texts as numbers: what a text means is worked out once, in however many rows it stands."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

import polars as pl
import pyarrow
import pyarrow.compute

pa: Any = pyarrow
pc: Any = pyarrow.compute


@dataclass(frozen=True)
class Encoded:
    """A column of texts.

    Examples:
        >>> column = Encoded.of(pyarrow.array(["tv", "phone", None, "tv"]))
        >>> column.codes.to_list(), column.texts.to_list()
        ([0, 1, None, 0], ['tv', 'phone'])
    """

    codes: pl.Series
    """The place of each row's text in `texts`; null for none."""

    texts: pl.Series
    """The texts. A dictionary that was read from a file may hold one twice, or one of no row:
    what is told apart here must come together again where pieces are merged."""

    @classmethod
    def of(cls, array: Any) -> Self:  # noqa: ANN401 - pyarrow ships no types
        """Encode an Arrow array of texts, or take the codes of one that is encoded already."""
        if pa.types.is_dictionary(array.type) and array.dictionary.null_count:
            array = array.dictionary_decode()
        if not pa.types.is_dictionary(array.type):
            array = array.dictionary_encode()
        codes = pl.Series(pl.from_arrow(array.indices), dtype=pl.Int32).cast(pl.UInt32)
        return cls(codes, pl.Series(pl.from_arrow(array.dictionary), dtype=pl.String))

    @classmethod
    def one_each(cls, array: Any) -> Self:  # noqa: ANN401 - pyarrow ships no types
        """Take a text for each row, where they are known to be distinct but for few.

        Examples:
            >>> Encoded.one_each(pyarrow.array(["e1", None, "e2"])).codes.to_list()
            [0, None, 2]
        """
        if pa.types.is_dictionary(array.type):
            return cls.of(array)
        texts = pl.Series(pl.from_arrow(array), dtype=pl.String)
        codes = pl.int_range(len(texts), dtype=pl.UInt32, eager=True)
        return cls(codes.set(texts.is_null(), None), texts)

    @classmethod
    def of_series(cls, texts: pl.Series) -> Self:
        """Encode a Polars column of texts."""
        return cls.of(_as_arrow(texts.cast(pl.String)))

    def in_order(self) -> "Encoded":
        """The same with each text once and sorted, so that the least code is the least text.

        Examples:
            >>> column = Encoded(pl.Series([0, 1, 2]), pl.Series(["tv", "phone", "tv"])).in_order()
            >>> column.codes.to_list(), column.texts.to_list()
            ([1, 0, 1], ['phone', 'tv'])
        """
        # Arrow sorts places of texts in half of Polars' time.
        order = pl.Series(pc.sort_indices(_as_arrow(self.texts)).to_numpy())
        texts = self.texts.gather(order)
        new = texts.ne_missing(texts.shift())
        ranks = pl.zeros(len(order), pl.UInt32, eager=True).scatter(order, new.cum_sum() - 1)
        return Encoded(ranks.gather(self.codes), texts.filter(new))

    def read(self, read: Callable[[pl.Series], pl.Series]) -> "Encoded":
        """The same rows with what each text means, each distinct one read once.

        Examples:
            >>> column = Encoded(pl.Series([0, 1, 0]), pl.Series(["TV", "?"]))
            >>> meant = column.read(lambda texts: texts.replace("?", None).str.to_lowercase())
            >>> meant.codes.to_list(), meant.texts.to_list()
            ([0, None, 0], ['tv'])
        """
        found = Encoded.of_series(read(self.texts))
        return Encoded(found.codes.gather(self.codes), found.texts)


@dataclass(frozen=True)
class CodedRows:
    """A table of which columns of texts hold codes; what is nowhere told is left out, but times.

    Examples:
        >>> coded = CodedRows.of(pl.DataFrame({"account_id": ["ada", "ada"], "duration_s": [5, 6]}))
        >>> coded.rows.to_dict(as_series=False), coded.texts["account_id"].to_list()
        ({'duration_s': [5, 6], 'account_id': [0, 0]}, ['ada'])
    """

    rows: pl.DataFrame
    texts: Mapping[str, pl.Series]

    @classmethod
    def of(cls, rows: pl.DataFrame) -> Self:
        """Encode the columns of texts."""
        least = max(1, rows.height)
        told = [c for c in rows if c.dtype.is_temporal() or c.null_count() < least]
        texts = {c.name: Encoded.of_series(c) for c in told if c.dtype == pl.String}
        return cls.join(rows.select(c.name for c in told if c.name not in texts), texts)

    @classmethod
    def join(cls, others: pl.DataFrame, texts: Mapping[str, Encoded]) -> Self:
        """Put columns of numbers and encoded ones together."""
        codes = [each.codes.alias(name) for name, each in texts.items()]
        return cls(
            others.with_columns(codes) if others.width else pl.DataFrame(codes),
            {name: each.texts for name, each in texts.items()},
        )

    def ordered(self, names: Collection[str]) -> "CodedRows":
        """The same with some columns' codes in the order of their texts.

        Examples:
            >>> coded = CodedRows.of(pl.DataFrame({"city": ["Lyon", "Albi"]})).ordered(["city"])
            >>> coded.rows["city"].to_list()
            [1, 0]
        """
        found = {name: self.encoded(name) for name in self.texts}
        found |= {name: found[name].in_order() for name in names if name in found}
        return CodedRows.join(self.rows.drop(self.texts), found)

    def encoded(self, name: str) -> Encoded:
        """A column of texts."""
        return Encoded(self.rows[name], self.texts[name])

    def work_out(self, name: str, read: Callable[[pl.Series], pl.Series]) -> pl.Expr:
        """Say of each row what its text means, each distinct text read once; null for none."""
        if name not in self.texts:
            return pl.lit(None)
        meant = read(self.texts[name])
        if meant.null_count() == len(meant):
            return pl.lit(None, meant.dtype)
        return pl.lit(meant).gather(pl.col(name))

    def told(self, name: str, dtype: pl.DataType | type[pl.DataType]) -> pl.Expr:
        """A column of numbers, or null where it is nowhere told."""
        return pl.col(name) if name in self.rows.columns else pl.lit(None, dtype)

    def decoded(self) -> pl.DataFrame:
        """The rows with their texts."""
        return self.spell(self.rows)

    def spell(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Other rows, made of these, with their texts.

        Examples:
            >>> coded = CodedRows.of(pl.DataFrame({"account_id": ["ada", "bob", "ada"]}))
            >>> coded.spell(coded.rows.group_by("account_id").len().sort("len")).rows()
            [('bob', 1), ('ada', 2)]
        """
        return rows.with_columns(
            self.work_out(name, lambda texts: texts).cast(pl.String).alias(name)
            for name in self.texts
            if name in rows.columns
        )


def _as_arrow(texts: pl.Series) -> Any:  # noqa: ANN401 - pyarrow ships no types
    return cast("Any", texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()))
