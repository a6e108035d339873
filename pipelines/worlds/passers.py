"""Who passes through an account: devices used once, and strangers who fail to sign in."""

from pipelines.worlds.devices import add_portable
from pipelines.worlds.dwellings import add_premise, rent_line
from pipelines.worlds.scenes import Scene
from pipelines.worlds.sheets import (
    AFTERNOON,
    CONSOLE,
    DESKTOP,
    EVENING,
    LAPTOP,
    LATE,
    OUTSIDER,
    PHONE,
    STICK,
    TABLET,
    TV,
    WHEREVER,
    Device,
    Errand,
    Household,
    Person,
)

_USED_ONCE = ((PHONE, LAPTOP, TV, TABLET), (0.3, 0.35, 0.27, 0.08))
"""A guest's phone, somebody's computer, a television in a hotel or at friends'; our estimate."""

_ALIKE = {STICK: TV, CONSOLE: TV, DESKTOP: LAPTOP}
"""Who has the one also watches on the other."""

_ROLLS = 4
_FULL_USE = 2.0
"""Plays a day of a household that meets as many such devices as others."""

_AT_NIGHT_TOO = (AFTERNOON, EVENING, EVENING, LATE)
_MOST_ATTEMPTS = 8


def use_devices_once(scene: Scene, persons: range) -> None:
    """Let the people of an account watch once on devices that are not theirs, where they are."""
    rng, sheet = scene.rng, scene.sheet
    kinds, weights = _USED_ONCE
    by_household: dict[int, list[int]] = {}
    for person in persons:
        by_household.setdefault(sheet.persons[person].household, []).append(person)
    liked = _liked_kinds(scene)
    for household, members in by_household.items():
        row = sheet.households[household]
        use = min(1.0, row.plays_per_day / _FULL_USE)
        chance = scene.settings.habits.one_offs * use * scene.days / 42 / _ROLLS
        for _ in range(_ROLLS):
            person, kind = rng.choice(members), rng.choices(kinds, weights)[0]
            if rng.random() < chance and (row.number, kind) in liked:
                device = add_portable(scene, person, kind, weight=0.0)
                day, slot = rng.randrange(scene.days), rng.choice(_AT_NIGHT_TOO)
                plays = rng.choice((1, 1, 2))
                sheet.errands.append(Errand(person, device, day, slot, WHEREVER, plays))


def _liked_kinds(scene: Scene) -> set[tuple[int, int]]:
    """Number of a household and type of a device that it watches on: no other tempts it."""
    liked: set[tuple[int, int]] = set()
    for device in reversed(scene.sheet.devices):
        if device.account != scene.account:
            break
        liked.add((device.number, _ALIKE.get(device.type, device.type)))
    return liked


def be_tried_by_outsiders(scene: Scene) -> None:
    """Strangers with a leaked password try to sign in, from a hosting range or a home abroad."""
    rng, sheet = scene.rng, scene.sheet
    if rng.random() >= scene.settings.habits.outsiders:
        return
    city = scene.other_city(abroad=rng.random() < 0.7)
    if rng.random() < 0.6:
        spot = rng.choice(scene.world.sites.vpn[scene.country(city)])
    else:
        spot = scene.spot(add_premise(scene, city, rent_line(scene, city)))
    sheet.households.append(Household(scene.account, OUTSIDER, 0.0))
    person = len(sheet.persons)
    household = len(sheet.households) - 1
    sheet.persons.append(Person(scene.account, household, spot, city, 0, 0, 0, 0, outings=0))
    for _ in range(rng.choice((1, 1, 2, 3))):
        kind = rng.choice((LAPTOP, PHONE))
        sheet.devices.append(Device(scene.account, OUTSIDER, kind, person, -1, 0.0, 0.5))
        device, day = len(sheet.devices) - 1, rng.randrange(scene.days)
        tries = rng.randint(1, _MOST_ATTEMPTS)
        sheet.errands.append(Errand(person, device, day, rng.choice(_AT_NIGHT_TOO), spot, tries))
