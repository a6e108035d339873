"""Lives of accounts that other households use too, and of those where policy decides."""

from dataclasses import replace

from pipelines.worlds.devices import add_portable
from pipelines.worlds.dwellings import mobile_router_line, rent_line
from pipelines.worlds.people import settle
from pipelines.worlds.scenes import Home, Plan, Scene
from pipelines.worlds.sheets import (
    AFTERNOON,
    EVENING,
    FORENOON,
    LAPTOP,
    MORNING,
    NIGHT,
    PHONE,
    SLOTS,
    STICK,
    TABLET,
    Errand,
    Line,
)
from pipelines.worlds.trips import (
    go_on_usual_trips,
    spend_weekend,
    stay,
    travel,
    visit_evening,
    weekends,
)

_NATS = ("nat_sticky", "nat_draw")
_NAT_SHARE = 0.4
"""Same-provider borrowers behind one carrier NAT with the lender: the hardest case."""

ANY_SHARE = Plan(share=0.0)
"""A borrower whose share of the plays is left to chance."""

_USE, _MOST_USE = (-0.85, 0.6), 1.3
"""A borrower's plays against a usual household's: ln(median) and its spread, and the most. Half
of them watch less than 0.43 of it, a tenth less than 0.2; our estimate."""

_OFTEN = 0.45
"""Borrowers who visit at all that do so most weeks."""

_KIN_VISITS = 0.75
"""Kin across town who visit at least once in 42 days; half as many from far. Our estimate."""

_WORLDWIDE = 0.4
"""Resellers who sell in all countries."""

_FLEXIBLE_ABROAD = 0.42
"""Borrowers of other situations who live abroad, for each one of those set: with the situations
that are abroad in any case, shared accounts with a borrower abroad are as many as set."""

_LEAST_PLAYS = 7 / 42
"""Plays a day of the rarest borrower who is still one."""


def lend(scene: Scene, city: int, plan: Plan = ANY_SHARE, *, line: Line | None = None) -> Home:
    """Add a borrower household with its own line, people, devices and trips."""
    share = plan.share or min(_MOST_USE, scene.rng.lognormvariate(*_USE))
    plan = replace(plan, share=max(share, _LEAST_PLAYS / scene.plays_per_day))
    home = settle(scene, city, line or rent_line(scene, city), plan, number=scene.next_number())
    go_on_usual_trips(scene, home)
    return home


def maybe_visit(scene: Scene, guests: Home, hosts: Home, chance: float = 0.15) -> None:
    """Some borrowers come by with their phones: for an evening, or time and again."""
    rng = scene.rng
    if rng.random() >= chance:
        return
    spot, often = (scene.spot(hosts.premise), hosts.city), rng.random() < _OFTEN
    if not often:
        visit_evening(scene, guests.persons, rng.randrange(scene.days), spot[0])
        return
    near, keen = guests.city == hosts.city, rng.uniform(0.2, 1.0)
    for friday in weekends(scene):
        for _ in range(rng.choice((1, 2, 4)) if near else 1):
            who = rng.sample(guests.persons, k=rng.randint(1, len(guests.persons)))
            if near and rng.random() < keen:
                day = friday + rng.randrange(7)
                stay(scene, who, (day, AFTERNOON), (day + 1, NIGHT), spot[0])
            elif rng.random() < keen / 2:
                spend_weekend(scene, who, friday, spot)


def _lend_to_kin(scene: Scene, home: Home, city: int, plan: Plan = ANY_SHARE) -> Home:
    kin = lend(scene, city, plan)
    maybe_visit(scene, kin, home, _KIN_VISITS if city == home.city else _KIN_VISITS / 2)
    return kin


def lend_to_other_city(scene: Scene, home: Home) -> None:
    """Friends or family elsewhere in the country use the account."""
    for _ in range(1 if scene.rng.random() < 0.85 else 2):
        maybe_visit(scene, lend(scene, scene.other_city()), home)


def lend_in_same_city(scene: Scene, home: Home) -> None:
    """Relatives across town, with any provider."""
    _lend_to_kin(scene, home, home.city)


def lend_to_sibling(scene: Scene, home: Home) -> None:
    """A brother or sister with an own home, in the same town or elsewhere."""
    _lend_to_kin(scene, home, _near_or_far(scene, home), Plan(share=0.0, size=(1, 3)))


def lend_to_two_on_a_line(scene: Scene, home: Home) -> None:
    """Two or three borrowers behind one line: a flat share, or neighbours with one router.

    They are one household: nothing tells them from one.
    """
    city, single = _near_or_far(scene, home), Plan(share=0.0, size=(1, 2))
    line = rent_line(scene, city)
    first = lend(scene, city, single, line=line)
    for _ in range(scene.rng.choice((1, 1, 2))):
        share = min(_MOST_USE, scene.rng.lognormvariate(*_USE))
        plan = replace(single, share=share, televisions=int(scene.rng.random() < 0.5))
        settle(scene, city, line, plan, number=first.number)
    maybe_visit(scene, first, home, 0.3)


def lend_at_same_provider(scene: Scene, home: Home) -> None:
    """Relatives across town with the same provider and lease: the same pool of addresses."""
    pool = scene.sheet.premises[home.premise].pool
    v6 = scene.sheet.premises[home.premise].v6
    maybe_visit(
        scene, lend(scene, home.city, line=scene.sheet.line(pool, v6=v6)), home, _KIN_VISITS
    )


def lend_abroad(scene: Scene, home: Home) -> None:
    """Family in another country uses the account."""
    maybe_visit(scene, lend(scene, scene.other_city(abroad=True)), home, 0.12)


def lend_abroad_without_television(scene: Scene, home: Home) -> None:
    """Somebody in another country watches on a laptop and a phone, on a line or a carrier's."""
    city, carried = scene.other_city(abroad=True), scene.rng.random() < 0.3
    portable = frozenset({PHONE, TABLET}) if carried else frozenset({PHONE, LAPTOP})
    plan = Plan(share=0.0, size=(1, 2), televisions=0, portable=portable, always_cellular=carried)
    maybe_visit(scene, lend(scene, city, plan), home, 0.08)


def lend_to_phone(scene: Scene, home: Home) -> None:
    """The borrowers have no television, only phones on their own Wi-Fi and networks."""
    city = _near_or_far(scene, home)
    plan = Plan(share=0.0, televisions=0, portable=frozenset({PHONE}), size=(1, 2))
    maybe_visit(scene, lend(scene, city, plan), home)


def lend_without_line(scene: Scene, home: Home) -> None:
    """The borrowers have no fixed line: a mobile router, or phones on cellular alone."""
    city = _near_or_far(scene, home)
    line = mobile_router_line(scene, city)
    if scene.rng.random() < 0.5:
        lend(scene, city, Plan(share=0.0, size=(1, 3)), line=line)
    else:
        portable = frozenset({PHONE, TABLET})
        plan = Plan(share=0.0, size=(1, 2), televisions=0, portable=portable, always_cellular=True)
        lend(scene, city, plan, line=line)


def share_in_ring(scene: Scene, home: Home) -> None:
    """Two to five befriended households use one account."""
    for _ in range(scene.rng.choice((2, 2, 3, 3, 4, 5))):
        city = _near_or_far(scene, home)
        maybe_visit(scene, lend(scene, city, Plan(share=scene.rng.uniform(0.15, 0.8))), home)


def visit_borrowing_parents(scene: Scene, home: Home) -> None:
    """The parents watch all the time; the family visits and watches there as well."""
    rng = scene.rng
    city = home.city if rng.random() < 0.25 else scene.other_city()
    plan = Plan(share=0.0, size=(1, 2), televisions=rng.randint(1, 2), jobs=0.15)
    parents = lend(scene, city, plan)
    spot = (scene.spot(parents.premise), city)
    for friday in rng.sample(weekends(scene), k=min(rng.randint(1, 4), len(weekends(scene)))):
        spend_weekend(scene, home.persons, friday, spot)
    maybe_visit(scene, parents, home, 0.25)


def let_child_move_out(scene: Scene, home: Home) -> None:
    """A grown child leaves, before or during the window, and keeps watching."""
    rng, sheet = scene.rng, scene.sheet
    child = lend(scene, _near_or_far(scene, home), Plan(share=0.0, size=(1, 1)))
    moves_on, roots = rng.randint(-20, scene.days * 5 // 8), scene.spot(home.premise)
    for person in child.persons:
        row = sheet.persons[person]
        sheet.persons[person] = row._replace(home=roots, moves_on=moves_on, moves_to=row.home)
    for friday in weekends(scene):
        if friday > moves_on and rng.random() < 0.2:
            spend_weekend(scene, child.persons, friday, (roots, home.city))


def lend_rarely(scene: Scene, home: Home) -> None:
    """The borrowers watch now and then."""
    plan = Plan(share=scene.rng.uniform(0.05, 0.14), size=(1, 2))
    _lend_to_kin(scene, home, _near_or_far(scene, home), plan)


def lend_everything(scene: Scene, home: Home) -> None:
    """The owner hardly watches; the account lives at the borrower's."""
    share = scene.rng.uniform(0.6, 1.2)
    maybe_visit(scene, lend(scene, _near_or_far(scene, home), Plan(share=share)), home)


def lend_to_colleague(scene: Scene, home: Home) -> None:
    """Lender and borrower share a workplace network all week."""
    sheet = scene.sheet
    office = scene.world.sites.offices[home.city].draw(scene.rng)
    borrower = lend(scene, home.city, Plan(share=0.0, size=(1, 3)))
    for person in (home.persons[0], borrower.persons[0]):
        sheet.persons[person] = sheet.persons[person]._replace(office=office, attendance=0.85)


def check_in_monthly(scene: Scene, home: Home) -> None:
    """The borrower brings each device to the lender's line once a month, by the calendar."""
    rng = scene.rng
    borrower = lend(scene, _near_or_far(scene, home), Plan(share=0.0, size=(1, 2)))
    add_portable(scene, borrower.persons[0], STICK, weight=2.0)
    carried = [
        (device.holder, row)
        for row, device in enumerate(scene.sheet.devices)
        if device.holder in borrower.persons
    ]
    day = rng.randint(0, min(27, scene.days - 1))
    while day < scene.days:
        spot = scene.spot(home.premise)
        stay(scene, borrower.persons, (day, FORENOON), (day + 1, MORNING), spot)
        scene.sheet.errands += [Errand(p, d, day, AFTERNOON, spot) for p, d in carried]
        day += rng.randint(28, 30)


def tunnel_television(scene: Scene, home: Home) -> None:
    """The borrower's television leaves through the lender's line; the phones do not."""
    city = _near_or_far(scene, home)
    borrower = lend(scene, city, Plan(share=0.0, televisions=scene.rng.randint(1, 2)))
    for row in borrower.fixed:
        scene.sheet.devices[row] = scene.sheet.devices[row]._replace(tunnel=home.premise)


def resell(scene: Scene, home: Home) -> None:
    """Strangers all over the country and beyond pay for a profile."""
    rng = scene.rng
    abroad = 0.4 if rng.random() < _WORLDWIDE else 0.0
    for _ in range(rng.randint(6, 16)):
        city = scene.other_city(abroad=rng.random() < abroad)
        lend(scene, city, Plan(share=rng.uniform(0.15, 0.8), size=(1, 2)))


def study_away(scene: Scene, home: Home) -> None:
    """A student lives in a hall or flat in term and comes home for weekends and breaks."""
    rng, sheet = scene.rng, scene.sheet
    city = scene.other_city()
    plan = Plan(share=0.0, size=(1, 1), televisions=int(rng.random() < 0.25))
    student = lend(scene, city, plan)
    campus = scene.world.sites.campuses[city].draw(rng)
    for person in student.persons:
        row = sheet.persons[person]._replace(office=campus, attendance=0.6)
        sheet.persons[person] = row._replace(home=campus) if rng.random() < 0.45 else row
    spot = (scene.spot(home.premise), home.city)
    for friday in weekends(scene):
        if rng.random() < 0.3:
            spend_weekend(scene, student.persons, friday, spot)
    if rng.random() < 0.4:
        first = rng.randrange(scene.days)
        travel(scene, student.persons, (first, EVENING), (first + 9, EVENING), spot)


def split_custody(scene: Scene, home: Home) -> None:
    """The children live in two homes by turns; the other parent's television is signed in."""
    rng = scene.rng
    city = home.city if rng.random() < 0.8 else scene.other_city()
    share = rng.uniform(0.1, 0.4)
    other = lend(scene, city, Plan(share=share, size=(1, 1), televisions=1))
    week, change = rng.randint(0, 1), rng.choice((0, 4, 6))
    first = (change - scene.settings.first_day.weekday()) % 7 - 14
    for start in range(first, scene.days, 7):
        week += 1
        if week % 2:
            moments = (start, SLOTS - 2), (start + 7, SLOTS - 2)
            stay(scene, home.children(scene.sheet), *moments, scene.spot(other.premise))


def line_of_a_provider(scene: Scene) -> Line:
    """A usual line, or for some one behind a carrier NAT."""
    isp = scene.seller if scene.seller >= 0 else None
    behind_nat = scene.rng.random() < _NAT_SHARE
    return rent_line(scene, scene.city, isp=isp, models=_NATS if behind_nat else ())


def _near_or_far(scene: Scene, home: Home) -> int:
    draw = scene.rng.random()
    if draw < 0.45:
        return home.city
    return scene.other_city(abroad=draw > 1 - _FLEXIBLE_ABROAD * scene.settings.borrowers_abroad)
