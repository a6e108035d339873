"""Households: people with jobs, friends and habits."""

from itertools import accumulate

from pipelines.worlds.devices import add_family_devices, add_fixed, add_usual_portables
from pipelines.worlds.dwellings import add_premise, draw_operator, rent_line
from pipelines.worlds.scenes import ALL_PORTABLE, MOST_PROFILES, Home, Plan, Scene
from pipelines.worlds.sheets import Household, Line, Person

_SIZES = list(accumulate((0.30, 0.33, 0.16, 0.15, 0.06)))
"""One to five people; close to Eurostat's household sizes."""

ADULTS = 2
"""The first two of a household are grown-ups, the others children or teenagers."""

_OWN_PROFILES, _NEW_PROFILE = 0.7, 0.75
"""Households in which each person has a profile; borrowers who open one. Our estimate, to 2
active profiles at the median (FACTS)."""


def settle(scene: Scene, city: int, line: Line, plan: Plan, *, number: int = 0) -> Home:
    """Write a whole household: dwelling, people and devices."""
    sheet, rng = scene.sheet, scene.rng
    premise = add_premise(scene, city, line)
    home = Home(len(sheet.households), number, premise, city)
    rate = scene.plays_per_day * plan.share
    sheet.households.append(Household(scene.account, number, rate, premise))
    _add_people(scene, home, plan, rate)
    televisions = plan.televisions
    if televisions is None:
        televisions = rng.choices((0, 1, 2, 3), cum_weights=(0.2, 0.7, 0.95, 1.0))[0]
    home.fixed = [
        add_fixed(scene, premise, number, weight=(1.0, 0.5, 0.25)[min(i, 2)])
        for i in range(televisions)
    ]
    if plan.portable == ALL_PORTABLE:
        add_family_devices(scene, home)
    for person in home.persons:
        add_usual_portables(scene, person, plan)
    return home


def _add_people(scene: Scene, home: Home, plan: Plan, rate: float) -> None:
    rng = scene.rng
    size = rng.choices((1, 2, 3, 4, 5), cum_weights=_SIZES)[0]
    size = rng.randint(*plan.size) if plan.size else size
    appetites = [0.35 + rng.random() * (1.0 if i < ADULTS else 0.6) for i in range(size)]
    own_profiles = rng.random() < _OWN_PROFILES
    _next_profile(scene, _NEW_PROFILE if scene.profiles else 1.0)
    friend = _friends(scene, home.city)
    for i, appetite in enumerate(appetites):
        if own_profiles and i:
            _next_profile(scene, 1.0)
        home.persons.append(len(scene.sheet.persons))
        person = _person(scene, home, plan, is_child=i >= ADULTS)
        plays = rate * appetite / sum(appetites)
        scene.sheet.persons.append(person._replace(plays_per_day=plays, friend=friend))


def _person(scene: Scene, home: Home, plan: Plan, *, is_child: bool) -> Person:
    rng = scene.rng
    return Person(
        account=scene.account,
        household=home.household,
        home=scene.spot(home.premise),
        city=home.city,
        plays_per_day=0.0,
        is_child=int(is_child),
        operator=draw_operator(scene),
        profile=scene.profiles,
        office=-1 if is_child else _office(scene, home.city, plan),
        attendance=rng.choice((0.4, 0.6, 0.9, 0.9)),
        cafe=scene.world.sites.cafes[home.city].draw(rng),
        outings=plan.outings * (0.3 + 1.4 * rng.random()),
        always_cellular=int(plan.always_cellular),
    )


def _next_profile(scene: Scene, chance: float) -> None:
    if scene.rng.random() < chance:
        scene.profiles = min(MOST_PROFILES, scene.profiles + 1)


def _office(scene: Scene, city: int, plan: Plan) -> int:
    """Most go to a workplace, some adults to a campus, the others stay at home."""
    draw = scene.rng.random()
    if draw < plan.jobs:
        return scene.world.sites.offices[city].draw(scene.rng)
    if draw < plan.jobs + 0.06:
        return scene.world.sites.campuses[city].draw(scene.rng)
    return -1


def _friends(scene: Scene, city: int) -> int:
    """Some know a home whose Wi-Fi they use but whose television they do not sign in to."""
    if scene.rng.random() >= scene.settings.habits.friends:
        return -1
    return scene.spot(add_premise(scene, city, rent_line(scene, city)))
