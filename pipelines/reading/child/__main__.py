"""The start of the process that opens untrusted files: what it does without is kept out first."""

from pipelines.reading.shared.garbage import look_seldom
from pipelines.reading.shared.unused import OF_CHILDREN, keep_out


def start() -> None:
    """Load the process's own code once nothing else is in its way."""
    keep_out(OF_CHILDREN)
    look_seldom()
    from pipelines.reading.child.main import main

    main()


if __name__ == "__main__":
    start()
