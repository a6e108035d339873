"""Numbers with their nouns."""


def counted(number: int, noun: str) -> str:
    """Write a number with its noun, in the plural where there is not just one.

    Examples:
        >>> counted(1, "device"), counted(1200, "device")
        ('1 device', '1,200 devices')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
