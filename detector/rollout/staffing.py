"""How many agents a desk needs in a half-hour: Erlang C, and Erlang A where people hang up.

Within a half-hour contacts come at random (Poisson), take exponential times, and wait in one line
for agents who are all alike; each half-hour is taken for itself, as if the queue had always been
like this. Agents with several skills, contacts that are passed on, and people who ring again after
they hung up are left out: count the latter as contacts.

Sources: A. K. Erlang (1917) as in R. B. Cooper, *Introduction to Queueing Theory* (1981), for B and
C; C. Palm (1957), O. Garnett, A. Mandelbaum and M. Reiman, *Designing a call center with impatient
customers*, M&SOM 4 (2002), for A.
"""

from dataclasses import dataclass
from functools import cache
from math import ceil, exp, expm1, inf, sqrt

import numpy as np
from scipy import special

HALF_HOUR_S = 1800.0
_STEPS = 60
_TENTHS = 10
"""Contacts are rounded up to tenths before agents are counted for them."""


@dataclass(frozen=True)
class ServiceTerms:
    """What is promised to those who ring, and how agents work.

    Attributes:
        answered: Share of contacts that are to be answered in time.
        within_s: Seconds that are in time.
        handling_s: Mean seconds that a contact takes.
        patience_s: Mean seconds after which people hang up; infinite: never (Erlang C).
        shrinkage: Share of paid time in which an agent answers nobody.
    """

    answered: float = 0.8
    within_s: float = 20.0
    handling_s: float = 360.0
    patience_s: float = inf
    shrinkage: float = 0.0


@dataclass(frozen=True)
class QueueFigures:
    """How a queue does in the long run.

    Attributes:
        answered_in_time: Share of all contacts; those who hang up are not answered.
        waits: Share that is not answered at once.
        hangs_up: Share that gives up.
        mean_wait_s: Of all contacts, whether they were answered or hung up.
        busy: Share of the agents' time.
    """

    answered_in_time: float
    waits: float
    hangs_up: float
    mean_wait_s: float
    busy: float


def erlang_b(load: float, agents: int) -> float:
    """Compute the share of contacts that find all agents busy, if nobody may wait.

    The recursion B(n) = a B(n-1) / (n + a B(n-1)) adds only positive numbers, and knows neither
    factorials nor powers, so that it is exact for thousands of agents.

    Args:
        load: Contacts that come while one is handled, in Erlang.
        agents: How many there are.

    Examples:
        >>> round(erlang_b(10.0, 10), 4)
        0.2146
    """
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(load: float, agents: int) -> float:
    """Compute the share of contacts that must wait, if nobody hangs up; all, if agents are too few.

    Examples:
        >>> round(erlang_c(10.0, 14), 4)
        0.1741
    """
    if agents <= load:
        return 1.0
    blocked = erlang_b(load, agents)
    return agents * blocked / (agents - load * (1 - blocked))


def find_figures(contacts: float, agents: int, terms: ServiceTerms) -> QueueFigures:
    """Compute how a desk does in a half-hour.

    Args:
        contacts: That come in the half-hour, on average.
        agents: Who are there.
        terms: How long contacts take, and how long people wait.

    Examples:
        A hundred contacts of three minutes, for fourteen agents:

        >>> found = find_figures(100, 14, ServiceTerms(handling_s=180))
        >>> round(found.answered_in_time, 4), round(found.busy, 3)
        (0.8884, 0.714)
    """
    load = contacts * terms.handling_s / HALF_HOUR_S
    if contacts <= 0 or agents < 1:
        served = float(contacts <= 0)
        return QueueFigures(served, 1 - served, 0.0, 0.0 if served else inf, 0.0)
    if terms.patience_s == inf:
        return _patient(load, agents, terms)
    return _impatient(load, agents, terms)


def count_agents(contacts: float, terms: ServiceTerms) -> int:
    """Count the fewest agents at their desks who answer enough contacts in time.

    Examples:
        >>> count_agents(100, ServiceTerms(handling_s=180)), count_agents(0, ServiceTerms())
        (14, 0)
    """
    return _agents(ceil(round(contacts * _TENTHS, 6)), terms)


def count_rostered(agents: int, terms: ServiceTerms) -> int:
    """Count whom to roster so that so many are at their desks.

    Examples:
        >>> count_rostered(14, ServiceTerms(shrinkage=0.3))
        20
    """
    return ceil(round(agents / (1 - terms.shrinkage), 9))


@cache
def count_contacts(agents: int, terms: ServiceTerms) -> float:
    """Count the most contacts of a half-hour that so many agents answer as promised.

    Examples:
        >>> round(count_contacts(14, ServiceTerms(handling_s=180)))
        109
    """
    if agents < 1:
        return 0.0
    few, many = 0.0, 2.0 * (agents + 10) * HALF_HOUR_S / terms.handling_s
    for _ in range(_STEPS):
        middle = (few + many) / 2
        in_time = find_figures(middle, agents, terms).answered_in_time
        few, many = (middle, many) if in_time >= terms.answered else (few, middle)
    return few


@cache
def _agents(tenths: int, terms: ServiceTerms) -> int:
    """More agents answer more in time, so that the fewest are found by halving."""
    if tenths <= 0:
        return 0
    contacts = tenths / _TENTHS

    def is_enough(agents: int) -> bool:
        return find_figures(contacts, agents, terms).answered_in_time >= terms.answered

    load = contacts * terms.handling_s / HALF_HOUR_S
    step = ceil(sqrt(load))
    too_few, enough = 0, ceil(load)
    while not is_enough(enough):
        too_few, enough = enough, enough + step
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if is_enough(middle) else (middle, enough)
    return enough


def _patient(load: float, agents: int, terms: ServiceTerms) -> QueueFigures:
    """Erlang C: who waits, waits an exponential time."""
    spare = (agents - load) / terms.handling_s
    waits = erlang_c(load, agents)
    if spare <= 0:
        return QueueFigures(0.0, 1.0, 0.0, inf, 1.0)
    in_time = 1 - waits * exp(-spare * terms.within_s)
    return QueueFigures(in_time, waits, 0.0, waits / spare, load / agents)


def _impatient(load: float, agents: int, terms: ServiceTerms) -> QueueFigures:
    """Erlang A: with k in line, each leaves as agents end contacts or as people hang up.

    1. How likely k are in line, against just all agents busy: products of load / (n + k patience).
    2. Who finds k in line waits a sum of exponential times of rates that grow by one hang-up each;
       exp(-wait / patience) of that is a Beta variable, of which incomplete Beta functions tell how
       much lies in time, and how much of it is not hung up before.
    """
    handled, given_up = 1 / terms.handling_s, 1 / terms.patience_s
    arrive = load * handled
    most = (arrive - agents * handled) / given_up
    k = np.arange(ceil(max(most, 0.0) + 12 * (arrive / given_up) ** 0.5 + 60))
    steps = np.log(arrive) - np.log(agents * handled + k[1:] * given_up)
    logs = np.concatenate([[0.0], np.cumsum(steps)])
    scale = max(logs.max(), 0.0)
    blocked = erlang_b(load, agents)
    line, free = np.exp(logs - scale) * blocked, np.exp(-scale) * (1 - blocked)
    line, free = line / (line.sum() + free), free / (line.sum() + free)

    ratio = agents * handled / given_up
    late = -expm1(-terms.within_s * given_up)
    stays = ratio / (ratio + k + 1) * special.betainc(k + 1, ratio + 1, late)
    hangs_up = float(given_up * (k * line).sum() / arrive)
    return QueueFigures(
        answered_in_time=float(free + (line * stays).sum()),
        waits=float(line.sum()),
        hangs_up=hangs_up,
        mean_wait_s=hangs_up / given_up,
        busy=load * (1 - hangs_up) / agents,
    )
