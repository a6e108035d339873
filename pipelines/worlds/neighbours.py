"""Borrowers who are subscribers themselves: one home, one television, two accounts."""

from collections import defaultdict
from random import Random

from pipelines.worlds.sheets import Device, Household, Sheet


def join_subscribers(sheet: Sheet, share: float, rng: Random) -> None:
    """Let some borrower households live in the home of another account of the same city.

    They have that home's line, and its televisions and family devices appear on both accounts.
    What people carry stays their own.

    Args:
        sheet: Changed in place, after all accounts of the chunk are cast.
        share: Share of borrower households that are subscribers.
        rng: A stream of this chunk.
    """
    by_city: dict[int, list[Household]] = defaultdict(list)
    for household in sheet.households:
        if household.number == 0 and household.premise >= 0:
            by_city[sheet.premises[household.premise].city].append(household)
    standing = _standing(sheet)
    for borrower in sheet.households:
        if borrower.number > 0 and rng.random() < share:
            own = rng.choice(by_city[sheet.premises[borrower.premise].city] or [borrower])
            if own.account != borrower.account:
                _share_line(sheet, borrower, own)
                _share_devices(sheet, standing[borrower.premise], standing[own.premise])


def _standing(sheet: Sheet) -> dict[int, list[int]]:
    """Devices that stand in each dwelling."""
    found: dict[int, list[int]] = defaultdict(list)
    for row, device in enumerate(sheet.devices):
        if device.premise >= 0:
            found[device.premise].append(row)
    return found


def _share_line(sheet: Sheet, borrower: Household, own: Household) -> None:
    account = sheet.premises[borrower.premise].account
    sheet.premises[borrower.premise] = sheet.premises[own.premise]._replace(account=account)


def _share_devices(sheet: Sheet, theirs: list[int], others: list[int]) -> None:
    for row, other in zip(theirs, others, strict=False):
        device, twin = sheet.devices[row], sheet.devices[other]
        if twin.identity < 0 and device.tunnel < 0:
            sheet.devices[row] = _on_loan(device, twin, other)


def _on_loan(device: Device, twin: Device, row: int) -> Device:
    """The same physical device on another account: type, resets and id are one."""
    return device._replace(
        type=twin.type,
        resets=twin.resets,
        private_share=twin.private_share,
        v6=twin.v6,
        identity=row,
    )
