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

_OWN_PROFILES = 0.7
"""Households in which each person has a profile; our estimate, to 2 active profiles at the
median (FACTS)."""

_MAIN_PROFILE = 0.7
"""Of the borrowers who use a profile of the lenders', those who use the first one; our estimate."""


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
    profiles = _draw_profiles(scene, home, size)
    friend = _friends(scene, home.city)
    for i, appetite in enumerate(appetites):
        home.persons.append(len(scene.sheet.persons))
        person = _person(scene, home, plan, is_child=i >= ADULTS)
        if person.is_child and rng.random() < scene.settings.habits.mobile_only_teens:
            own = profiles[i] if profiles[i] != profiles[0] else _next_profile(scene)
            profiles[i], person = own, person._replace(always_cellular=1)
        person = person._replace(profile=profiles[i], friend=friend)
        plays = rate * appetite / sum(appetites)
        scene.sheet.persons.append(person._replace(plays_per_day=plays))


def _draw_profiles(scene: Scene, home: Home, size: int) -> list[int]:
    """A profile for each person; some borrowers use one of the lenders' and have none."""
    rng = scene.rng
    if home.number and rng.random() < scene.settings.lenders_profile:
        main = rng.random() < _MAIN_PROFILE
        return [1 if main else rng.randint(1, max(1, scene.profiles))] * size
    own = rng.random() < _OWN_PROFILES
    first = _next_profile(scene)
    return [first, *(_next_profile(scene) if own else first for _ in range(size - 1))]


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
        profile=0,
        office=-1 if is_child else _office(scene, home.city, plan),
        attendance=rng.choice((0.4, 0.6, 0.9, 0.9)),
        cafe=scene.world.sites.cafes[home.city].draw(rng),
        outings=plan.outings * (0.3 + 1.4 * rng.random()),
        always_cellular=int(plan.always_cellular),
        sim_city=_sim_city(scene),
    )


def _next_profile(scene: Scene) -> int:
    scene.profiles = min(MOST_PROFILES, scene.profiles + 1)
    return scene.profiles


def _sim_city(scene: Scene) -> int:
    """Where the operator of a foreign SIM card is at home; -1 for one of the country."""
    foreign = scene.rng.random() < scene.settings.habits.foreign_sims
    return scene.other_city(abroad=True) if foreign else -1


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


def add_stranger(scene: Scene, premise: int, *, share: float) -> int:
    """Somebody without a device of the account who uses the television of a dwelling."""
    sheet, row = scene.sheet, scene.sheet.premises[premise]
    rate = scene.plays_per_day * share
    sheet.households.append(Household(scene.account, 0, rate))
    spot = scene.spot(premise)
    household = len(sheet.households) - 1
    stranger = Person(scene.account, household, spot, row.city, rate, 0, 0, 1, outings=0)
    sheet.persons.append(stranger)
    return len(sheet.persons) - 1
