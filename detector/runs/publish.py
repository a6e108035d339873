"""Making a run: refuse what is done or in doubt, work aside, publish all at once."""

import errno
import platform
import shutil
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import dataframely as dy

from detector.errors import DetectorError, NothingToDoError, PartialRunError, SettingsError
from detector.runs.contract import schema_id, table_name
from detector.runs.files import flush_folder, hash_file, lock_file, replace_file
from detector.runs.manifest import (
    InputFile,
    JudgedBy,
    JudgedDays,
    Manifest,
    OutputFile,
    RowCounts,
    RunPlan,
    difference,
    hash_json,
    is_next_night,
    share_verified,
)
from detector.runs.run import MANIFEST, Draft, Run
from detector.settings import Settings

WORK = ".work"
LOCK = ".lock"
PACKAGES = ("household-detector", "polars", "pyarrow", "numpy", "scikit-learn", "hdbscan")


@dataclass(frozen=True)
class Outcome:
    """What a finished draft says of itself."""

    tables: tuple[type[dy.Schema], ...]
    """The tables to publish; the draft holds each of them."""
    inputs: tuple[InputFile, ...]
    rows: RowCounts
    window: JudgedDays | None
    notes: tuple[str, ...] = ()
    model: JudgedBy | None = None
    messages: Mapping[str, str] = field(default_factory=dict[str, str])
    """Files of messages to publish beside the tables, and the name of the schema of each."""


def make_run(
    folder: Path, plan: RunPlan, build: Callable[[Draft], Outcome], *, force: bool = False
) -> Manifest:
    """Fill a folder with the tables of a run, or go on where an earlier attempt was killed.

    All work is done in ``folder/.work/<fingerprint>``. An older result stays whole until
    the new one is complete; then tables move to their names one by one, and the manifest
    comes last. A folder with a manifest is therefore always a finished run.

    Args:
        folder: Where the tables go.
        plan: All that decides their bytes.
        build: Fills the draft. It is called again after a kill and finds in the draft
            what it wrote before.
        force: Make the run anew even if it is done, or if other results stand there.

    Raises:
        NothingToDoError: The folder holds the finished run of the same plan.
        SettingsError: The folder holds something else than the result of the same plan, or of
            the same store on an earlier night.
        PartialRunError: The disk failed; the same command goes on.

    Examples:
        >>> import tempfile
        >>> from detector.schemas import Ties
        >>> def build(draft: Draft) -> Outcome:
        ...     draft.write(Ties, Ties.create_empty())
        ...     return Outcome((Ties,), inputs=(), rows=RowCounts(read=0, kept=0), window=None)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     made = make_run(Path(folder) / "run", make_run_plan(Settings(), []), build)
        ...     list(made.outputs), is_finished(Run(Path(folder) / "run"), made)
        (['ties.parquet'], True)
    """
    with _resumable(folder), _locked(folder):
        if not force:
            _refuse(folder, plan)
        draft = _open_draft(folder, plan, force)
        if draft.manifest() is None:
            _write_manifest(draft, _describe(draft, plan, _built(draft, build)))
        return _publish(draft, Run(folder))


def make_run_plan(
    settings: Settings,
    inputs: Sequence[InputFile],
    options: dict[str, str] | None = None,
    store: str = "",
    previous: str = "",
) -> RunPlan:
    """Gather what decides the bytes of a run; the sources of this program belong to it.

    Examples:
        >>> plan = make_run_plan(Settings(), [], {"as_of": "2026-07-01"})
        >>> plan.settings["window"]["days"], plan.options
        (42, {'as_of': '2026-07-01'})
    """
    return RunPlan(
        version=f"{_version_of(PACKAGES[0])}+{_hash_sources()[:8]}",
        settings=settings.model_dump(mode="json"),
        options=options or {},
        inputs=tuple(inputs),
        store=store,
        previous=previous,
    )


def is_finished(run: Run, manifest: Manifest) -> bool:
    """Whether every table that the manifest names is still there in full length."""
    paths = ((run.folder / name, output) for name, output in manifest.outputs.items())
    return all(path.is_file() and path.stat().st_size == output.bytes for path, output in paths)


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "0"


@cache
def _hash_sources() -> str:
    """Changed code must not go on with work that older code left half done.

    Read once: what a process runs does not change any more.
    """
    top = Path(__file__).parents[2]
    paths = (path for part in ("detector", "pipelines") for path in (top / part).rglob("*"))
    sources = sorted(path for path in paths if path.suffix in (".json", ".py", ".toml"))
    return hash_json([hash_file(path) for path in sources])


def _refuse(folder: Path, plan: RunPlan) -> None:
    run = Run(folder)
    finished = run.manifest()
    if finished is None:
        _refuse_strangers(folder)
    elif is_next_night(plan, finished):
        return
    elif finished.fingerprint != plan.fingerprint:
        raise SettingsError(
            f"{folder} holds a finished run that differs in {difference(plan, finished)}.",
            hint="give another --out, or replace the result with --force",
        )
    elif is_finished(run, finished):
        shutil.rmtree(folder / WORK, ignore_errors=True)
        raise NothingToDoError(
            f"{folder} already holds the result of these inputs and settings.",
            hint="nothing was changed; --force makes it again",
        )


def _refuse_strangers(folder: Path) -> None:
    """Never write over tables that no run of ours left there, such as a log."""
    found = (path for kind in ("*.parquet", "*.ndjson") for path in folder.glob(kind))
    strangers = sorted(path.name for path in found)
    if strangers and not (folder / WORK).is_dir():
        raise SettingsError(
            f"{folder} holds data but no {MANIFEST}: {', '.join(strangers[:3])}.",
            hint="give an empty folder as --out, or write here all the same with --force",
        )


def _open_draft(folder: Path, plan: RunPlan, force: bool) -> Draft:
    """The scratch folder of this plan, without what other plans left behind.

    A draft that lacks only its publication is finished work, which force makes anew.
    """
    draft = Draft(folder / WORK / plan.fingerprint[:16])
    for stale in (folder / WORK).glob("*"):
        if stale != draft.folder or (force and draft.manifest()):
            shutil.rmtree(stale)
    for stale in folder.glob(f".{MANIFEST}.*.part"):
        stale.unlink()
    draft.folder.mkdir(parents=True, exist_ok=True)
    return draft


def _built(draft: Draft, build: Callable[[Draft], Outcome]) -> Outcome:
    """Build; what is refused on purpose would be refused again, so nothing is kept of it."""
    try:
        return build(draft)
    except DetectorError:
        shutil.rmtree(draft.folder.parent, ignore_errors=True)
        raise


def _describe(draft: Draft, plan: RunPlan, outcome: Outcome) -> Manifest:
    versions = {package: _version_of(package) for package in PACKAGES}
    return Manifest(
        fingerprint=plan.fingerprint,
        versions={**versions, PACKAGES[0]: plan.version, "python": platform.python_version()},
        settings=plan.settings,
        settings_sha256=hash_json(plan.settings),
        options=plan.options,
        inputs=outcome.inputs,
        store=plan.store,
        previous=plan.previous,
        window=outcome.window,
        rows=outcome.rows,
        model=outcome.model,
        verified_share=share_verified(outcome.inputs),
        notes=outcome.notes,
        stages=tuple(draft.stages),
        outputs=dict(_outputs(draft, outcome)),
    )


def _outputs(draft: Draft, outcome: Outcome) -> Iterator[tuple[str, OutputFile]]:
    for table in outcome.tables:
        yield (
            draft.path(table).name,
            _output(draft.path(table), draft.rows(table), table_name(table)),
        )
    for name, schema in outcome.messages.items():
        path = draft.folder / name
        with path.open("rb") as lines:
            rows = sum(1 for _ in lines)
        yield name, _output(path, rows, schema)


def _output(path: Path, rows: int, schema: str) -> OutputFile:
    return OutputFile(
        rows=rows,
        bytes=path.stat().st_size,
        sha256=hash_file(path),
        schema_id=schema_id(schema),
    )


def _write_manifest(run: Run, manifest: Manifest) -> None:
    with replace_file(run.folder / MANIFEST) as part:
        part.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _publish(draft: Draft, run: Run) -> Manifest:
    """Move the tables to their names; killed anywhere, it can be repeated from the start."""
    manifest = draft.manifest()
    if manifest is None:
        raise DetectorError(f"{draft.folder} vanished while the run was being made.")
    (run.folder / MANIFEST).unlink(missing_ok=True)
    flush_folder(run.folder)
    for name in manifest.outputs:
        if (draft.folder / name).exists():
            (draft.folder / name).replace(run.folder / name)
    flush_folder(run.folder)
    _write_manifest(run, manifest)
    shutil.rmtree(run.folder / WORK)
    return manifest


@contextmanager
def _locked(folder: Path) -> Generator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        problem = f"{folder} cannot be a folder: {(error.strerror or '').lower()}."
        raise SettingsError(problem, hint="give another --out") from error
    with ExitStack() as stack:
        try:
            stack.enter_context(lock_file(folder / LOCK))
        except BlockingIOError as error:
            raise DetectorError(
                f"Another run is writing to {folder}.", hint="wait for it, or give another --out"
            ) from error
        yield


@contextmanager
def _resumable(folder: Path) -> Generator[None]:
    try:
        yield
    except (OSError, MemoryError) as error:
        reason = str(error) or "out of memory"
        raise PartialRunError(
            f"The run into {folder} stopped: {reason}.",
            hint="mend that and give the same command again: finished steps are kept",
        ) from error
