"""Honest lives on two lines under one roof, or next door: kin, flatmates, work, outbuildings."""

from pipelines.worlds.devices import add_portable
from pipelines.worlds.dwellings import add_premise, mobile_router_line, rent_line
from pipelines.worlds.people import settle
from pipelines.worlds.scenes import Home, Plan, Scene
from pipelines.worlds.sheets import AFTERNOON, EVENING, LAPTOP, LATE, SLOTS, Line
from pipelines.worlds.trips import go_on_usual_trips, is_away, stay

_CLOSENESS = (0.01, 0.05, 0.2, 0.5, 0.9)
"""Evenings or afternoons a day that some of one side spend with the other: from hardly ever,
which no log can tell from lending, to daily. Our estimate."""


def live_with_grandparents(scene: Scene, home: Home) -> None:
    """Grandparents in an annex have a line, a television and a profile of their own."""
    rng = scene.rng
    plan = Plan(
        share=rng.uniform(0.15, 0.9), size=(1, 2), televisions=rng.choice((1, 1, 1, 2)), jobs=0.1
    )
    annex = _settle_beside(scene, home, plan, same_provider=0.6)
    if rng.random() < 0.5:
        go_on_usual_trips(scene, annex)
    _mingle(scene, home, annex)


def share_a_flat(scene: Scene, home: Home) -> None:
    """Flatmates in one flat, each with an operator of their own."""
    rng = scene.rng
    plan = Plan(share=rng.uniform(0.3, 1.1), size=(1, 2), televisions=rng.choice((0, 0, 1)))
    other = _settle_beside(scene, home, plan, same_provider=0.15)
    go_on_usual_trips(scene, other)
    _mingle(scene, home, other)


def keep_line_for_work(scene: Scene, home: Home) -> None:
    """A second operator at home pays for work: one adult is on its line by day."""
    rng, sheet = scene.rng, scene.sheet
    study = scene.spot(add_premise(scene, home.city, _line_beside(scene, home, same_provider=0.1)))
    adult = home.persons[0]
    sheet.persons[adult] = sheet.persons[adult]._replace(office=study, attendance=0.85)
    add_portable(scene, adult, LAPTOP, weight=1.2)
    _linger(scene, [adult], study, rng.uniform(0.02, 0.3))


def keep_outbuilding(scene: Scene, home: Home) -> None:
    """A summer kitchen, a workshop or a teenager's room over the garage, with a television."""
    rng = scene.rng
    mobile = rng.random() < 0.3
    line = (
        mobile_router_line(scene, home.city)
        if mobile
        else _line_beside(scene, home, same_provider=0.7)
    )
    shed = scene.spot(add_premise(scene, home.city, line, televisions=1))
    who = rng.sample(home.persons, k=min(rng.randint(1, 2), len(home.persons)))
    _linger(scene, who, shed, rng.uniform(0.15, 0.8))


def _settle_beside(scene: Scene, home: Home, plan: Plan, *, same_provider: float) -> Home:
    line = _line_beside(scene, home, same_provider=same_provider)
    return settle(scene, home.city, line, plan, number=home.number)


def _line_beside(scene: Scene, home: Home, *, same_provider: float) -> Line:
    """Another line at the same address, often of the same provider."""
    pools, providers = scene.world.pools, scene.world.providers
    provider = int(pools.provider[scene.sheet.premises[home.premise].pool])
    fixed = providers.fixed[scene.country(home.city)]
    same = provider in fixed and scene.rng.random() < same_provider
    return rent_line(scene, home.city, isp=fixed.index(provider) if same else None)


def _mingle(scene: Scene, one: Home, other: Home) -> None:
    """Some of each side spend time with the other, on its Wi-Fi and at its television."""
    rng = scene.rng
    closeness = rng.choice(_CLOSENESS)
    for hosts, guests in ((one, other), (other, one)):
        keen = closeness * rng.uniform(0.3, 1.0)
        _linger(scene, guests.persons, scene.spot(hosts.premise), keen, together=False)


def _linger(
    scene: Scene, persons: list[int], spot: int, chance: float, *, together: bool = True
) -> None:
    """Spend some afternoons or evenings at a spot next door, when one is not away."""
    rng = scene.rng
    for day in range(scene.days):
        if rng.random() >= chance:
            continue
        who = persons if together else rng.sample(persons, k=rng.randint(1, len(persons)))
        slot = rng.choice((AFTERNOON, EVENING, EVENING, LATE))
        end = min(SLOTS, slot + rng.randint(1, 2))
        present = [person for person in who if not is_away(scene, person, day)]
        stay(scene, present, (day, slot), (day, end), spot)
