"""The command `household warm-up`."""

from pipelines.commands.answers import COMMON, Answer, Common


def warm_up(*, common: Common = COMMON) -> Answer:
    """Compile this version's loops, so that its first run takes no longer than the next.

    Args:
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.warm_up import warm_up as compile_all

    read_config(common.config)
    done = compile_all()
    answer = {"folder": str(done.folder), "loops": done.loops, "seconds": round(done.seconds, 1)}
    told = f"{done.loops} loops compiled in {done.seconds:.0f} s, in {done.folder}"
    return Answer(answer, lambda console: console.out(told, highlight=False))
