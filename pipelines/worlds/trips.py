"""Being somewhere else: nights away, evenings out, weekends, holidays."""

from collections.abc import Sequence

from pipelines.worlds.dwellings import add_premise, rent_line
from pipelines.worlds.scenes import Home, Scene
from pipelines.worlds.sheets import AFTERNOON, EVENING, LATE, MORNING, SLOTS, Stay, road

Moment = tuple[int, int]
"""A day of the window and a slot of that day."""


def stay(scene: Scene, persons: Sequence[int], start: Moment, end: Moment, spot: int) -> None:
    """Put persons at a spot from a slot up to, not including, another; later stays win."""
    first = max(0, start[0] * SLOTS + start[1])
    last = min(scene.days * SLOTS, end[0] * SLOTS + end[1])
    if first < last:
        scene.sheet.stays += [Stay(person, first, last, spot) for person in persons]


def is_away(scene: Scene, person: int, day: int) -> bool:
    """Whether somebody of this account has a night or more elsewhere around that day."""
    for row in reversed(scene.sheet.stays):
        if scene.sheet.persons[row.person].account != scene.account:
            return False
        long = row.end - row.start >= SLOTS
        if row.person == person and long and row.start // SLOTS <= day <= row.end // SLOTS:
            return True
    return False


def lodge(scene: Scene, city: int) -> int:
    """Somewhere to sleep in a city: mostly a hotel, sometimes a home whose Wi-Fi one gets."""
    if scene.rng.random() < 0.7:
        return scene.world.sites.hotels[city].draw(scene.rng)
    return scene.spot(add_premise(scene, city, rent_line(scene, city)))


def travel(
    scene: Scene, persons: Sequence[int], start: Moment, end: Moment, spot: tuple[int, int]
) -> None:
    """Stay at (spot, city) for some days and go out there now and then."""
    where, city = spot
    stay(scene, persons, start, end, where)
    for day in range(start[0] + 1, end[0]):
        if scene.rng.random() < 0.5:
            stay(scene, persons, (day, AFTERNOON), (day, EVENING), road(city))


def weekends(scene: Scene) -> list[int]:
    """The Fridays of the window, from the one before it."""
    friday = (4 - scene.settings.first_day.weekday()) % 7 - 7
    return list(range(friday, scene.days, 7))


def spend_weekend(scene: Scene, persons: Sequence[int], friday: int, spot: tuple[int, int]) -> None:
    """Leave on Friday evening or Saturday morning, be back on Sunday evening."""
    start = (friday, EVENING) if scene.rng.random() < 0.5 else (friday + 1, MORNING)
    end = (friday + 2, EVENING if scene.rng.random() < 0.7 else LATE)
    travel(scene, persons, start, end, spot)


def visit_evening(scene: Scene, persons: Sequence[int], day: int, spot: int) -> None:
    """Come for an evening and leave at night."""
    stay(scene, persons, (day, EVENING), (day + 1, 0), spot)


def go_on_usual_trips(scene: Scene, home: Home) -> None:
    """The weekend away and the odd longer trip that any household may make."""
    habits, rng = scene.settings.habits, scene.rng
    per_window = scene.days / 42
    if rng.random() < habits.weekend_trip * per_window:
        city = _destination(scene, home.city)
        who = home.persons if rng.random() < 0.7 else home.persons[:1]
        spend_weekend(scene, who, rng.choice(weekends(scene)), (lodge(scene, city), city))
    if rng.random() < 0.3 * habits.weekend_trip * per_window:
        city = _destination(scene, home.city)
        first, nights = rng.randrange(scene.days), rng.randint(3, 7)
        spot = (lodge(scene, city), city)
        travel(scene, home.persons, (first, AFTERNOON), (first + nights, EVENING), spot)


def _destination(scene: Scene, city: int) -> int:
    abroad = scene.rng.random() < scene.settings.habits.trip_abroad
    return scene.world.geography.other_city(scene.rng, city, abroad=abroad)
