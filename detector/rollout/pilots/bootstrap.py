"""Few regions, honest chances: the restricted wild cluster bootstrap of a regression.

A. C. Cameron, J. B. Gelbach, D. L. Miller, Review of Economics and Statistics 90 (2008), with the
six weights of M. D. Webb (2014) where there are few clusters. The usual interval of a regression
takes rows for independent; what happens in one region happens to all its accounts.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from detector.errors import InputError
from detector.kernels.arrays import Floats, Ints

DRAWS = 9_999
"""Of weights, where not all can be tried: p = 0.05 is then known to within 0.4 points."""

FEW_CLUSTERS = 10
"""Below, two weights make too few different draws, and Webb's six are taken."""

ROUNDING = 1e-12
"""Of the largest outcome: a standard error below is what sums leave, not a spread."""

PRECISION = 1e-4
"""Standard errors to which an interval's ends are found."""

WEBB = np.sqrt(np.array([1.5, 1.0, 0.5]))


@dataclass(frozen=True)
class Regression:
    """A linear regression whose rows fall into clusters; one of its coefficients is asked for."""

    outcome: Floats
    columns: Floats
    """Rows by coefficients."""
    cluster: Ints
    """Of each row, from 0."""
    asked: int
    """Which coefficient."""


@dataclass(frozen=True)
class ClusterEstimate:
    """A coefficient, and how far chance alone could have brought it."""

    value: float
    standard_error: float
    t: float
    p_value: float
    low: float
    high: float
    clusters: int


@dataclass(frozen=True)
class _Scores:
    """What a restricted fit leaves in each cluster, if the coefficient asked for were `null`."""

    own: Floats
    """By how much each cluster's residuals move the coefficient."""
    drag: Floats
    """Clusters by clusters: what a cluster's fit takes back of that."""


@dataclass(frozen=True)
class _Drawn:
    """Of each draw, by how much the coefficient moves, and the square of its standard error.

    Both follow from `null`, the one as a line and the other as a parabola: what is drawn once
    serves for all values that are asked about.
    """

    moved: Floats
    moved_by_unit: Floats
    square: Floats
    mixed: Floats
    square_by_unit: Floats


class WildCluster:
    """One regression, ready to be asked for any value of its coefficient.

    Examples:
        Four regions of two accounts each, half of them treated:

        >>> arms = np.repeat([0.0, 1.0], 4)
        >>> regression = Regression(
        ...     outcome=np.array([1.0, 2, 1, 3, 4, 5, 3, 5]),
        ...     columns=np.column_stack([np.ones(8), arms]),
        ...     cluster=np.repeat(np.arange(4), 2), asked=1)
        >>> wild = WildCluster(regression)
        >>> round(wild.value, 2), round(wild.t, 2)
        (2.5, 8.02)
    """

    def __init__(self, regression: Regression, *, seed: int = 0) -> None:
        self.regression = regression
        self.clusters = int(regression.cluster.max(initial=-1)) + 1
        rows, width = regression.columns.shape
        if self.clusters < width or np.linalg.matrix_rank(regression.columns) < width:
            raise InputError(
                f"{self.clusters} clusters cannot tell {width} coefficients apart.",
                hint="each arm needs two clusters at least, each with days before and after",
            )
        self._inverse = np.linalg.inv(regression.columns.T @ regression.columns)
        self._scale = (rows - 1) / (rows - width) * self.clusters / (self.clusters - 1)
        coefficients = self._inverse @ regression.columns.T @ regression.outcome
        self.value = float(coefficients[regression.asked])
        residuals = regression.outcome - regression.columns @ coefficients
        pulls = regression.columns @ self._inverse[regression.asked]
        own = self._sums((pulls * residuals)[:, None])
        error = float(np.sqrt(self._scale * (own**2).sum()))
        scale = float(np.abs(regression.outcome).max()) or 1.0
        self.standard_error = error if error > ROUNDING * scale else 0.0
        self.weights = draw_weights(self.clusters, seed)
        self._drawn = self._draw()

    @property
    def t(self) -> float:
        """How many standard errors the coefficient is from nought; nought if there is no error."""
        if self.standard_error == 0:
            return 0.0
        return self.value / self.standard_error

    def draws(self, null: float = 0.0) -> Floats:
        """What t would be, draw by draw, if the coefficient were `null`."""
        drawn = self._drawn
        moved = drawn.moved - null * drawn.moved_by_unit
        square = drawn.square - 2 * null * drawn.mixed + null**2 * drawn.square_by_unit
        spread = np.sqrt(self._scale * np.maximum(square, 0))
        return np.divide(moved, spread, out=np.zeros_like(moved), where=spread > 0)

    def p_value(self, null: float = 0.0) -> float:
        """The share of draws that lie as far from `null` as what was found.

        The draw that leaves everything as it is counts: no p-value is nought. Where regions never
        differ, nothing is known of chance, and p is 1.
        """
        if self.standard_error == 0:
            return 1.0
        found = abs(self.value - null) / self.standard_error
        return float((np.abs(self.draws(null)) >= found * (1 - 1e-9)).mean())

    def interval(self, alpha: float) -> tuple[float, float]:
        """All values that chance alone, at this level, does not rule out.

        Where regions never differ, that is everything.
        """
        if self.standard_error == 0:
            return -float("inf"), float("inf")
        return self._end(-1.0, alpha), self._end(1.0, alpha)

    def estimate(self, alpha: float) -> ClusterEstimate:
        """All of it."""
        low, high = self.interval(alpha)
        return ClusterEstimate(
            self.value, self.standard_error, self.t, self.p_value(), low, high, self.clusters
        )

    def _end(self, side: float, alpha: float) -> float:
        """Where p sinks below alpha on one side; endless where so few clusters never rule out."""
        inside, step = self.value, 2.0 * self.standard_error
        outside = inside + side * step
        while self.p_value(outside) > alpha:
            step *= 2
            if step > 1e4 * self.standard_error:
                return side * float("inf")
            inside, outside = outside, self.value + side * step
        while abs(outside - inside) > PRECISION * self.standard_error:
            middle = (inside + outside) / 2
            if self.p_value(middle) > alpha:
                inside = middle
            else:
                outside = middle
        return outside

    def _draw(self) -> _Drawn:
        at_zero = self._restricted(self.regression.outcome)
        by_unit = self._restricted(self.regression.columns[:, self.regression.asked])
        rest, rest_by_unit = (
            each.own[:, None] * self.weights - each.drag @ self.weights
            for each in (at_zero, by_unit)
        )
        return _Drawn(
            at_zero.own @ self.weights,
            by_unit.own @ self.weights,
            (rest**2).sum(axis=0),
            (rest * rest_by_unit).sum(axis=0),
            (rest_by_unit**2).sum(axis=0),
        )

    def _restricted(self, outcome: Floats) -> _Scores:
        asked = self.regression.asked
        others = np.delete(self.regression.columns, asked, axis=1)
        residuals = outcome - others @ np.linalg.pinv(others) @ outcome
        scores = self._sums(self.regression.columns * residuals[:, None])
        pull = self._inverse[asked]
        grams = np.array([part.T @ part for part in self._parts()])
        drag = np.einsum("k,gkl,lm,hm->gh", pull, grams, self._inverse, scores)
        return _Scores(scores @ pull, drag)

    def _sums(self, rows: Floats) -> Floats:
        """The sum of each cluster's rows."""
        sums = np.zeros((self.clusters, rows.shape[1]))
        np.add.at(sums, self.regression.cluster, rows)
        return sums

    def _parts(self) -> list[Floats]:
        cluster = self.regression.cluster
        return [self.regression.columns[cluster == g] for g in range(self.clusters)]


def draw_weights(clusters: int, seed: int = 0) -> Floats:
    """Weights of clusters, draw by draw: all there are if they are few, else some by lot.

    Examples:
        >>> draw_weights(10).shape, draw_weights(6).shape, draw_weights(30).shape
        ((10, 1024), (6, 10000), (30, 10000))
    """
    if clusters >= FEW_CLUSTERS and 2**clusters <= DRAWS:
        return np.array(list(product((1.0, -1.0), repeat=clusters))).T
    signs = np.array([1.0, -1.0])
    values = signs if clusters >= FEW_CLUSTERS else np.concatenate([WEBB, -WEBB])
    rng = np.random.Generator(np.random.PCG64(seed))
    drawn = values[rng.integers(len(values), size=(clusters, DRAWS))]
    return np.column_stack([np.ones(clusters), drawn])
