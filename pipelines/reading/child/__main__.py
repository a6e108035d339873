"""The start of the process that opens untrusted files: what it does without is kept out first."""

from pipelines.reading.child.unused import keep_out


def start() -> None:
    """Load the process's own code once nothing else is in its way."""
    keep_out()
    from pipelines.reading.child.main import main

    main()


if __name__ == "__main__":
    start()
