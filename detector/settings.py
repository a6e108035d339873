"""Every number that changes a verdict, with its unit and its reason."""

from pydantic import BaseModel, ConfigDict, Field


class StageSettings(BaseModel):
    """Base of all settings: immutable, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class WindowSettings(StageSettings):
    """Which days of a log are judged."""

    days: int = Field(default=42, ge=1)
    """Six weeks: long enough for weekly rhythms and trips, short enough to notice a move."""


class QualitySettings(StageSettings):
    """When a log is too bad to judge anybody by (exit code 3)."""

    max_reject_share: float = Field(default=0.2, ge=0, le=1)
    """Share of rows refused above which the run stops."""

    max_future_share: float = Field(default=0.05, ge=0, le=1)
    """More than this share after the last day means a wrong unit or clock, not a few bad rows."""


class EventSettings(StageSettings):
    """How rows of a log are read."""

    cell_degrees: float = Field(default=0.01, gt=0, le=1)
    """Side of the cells that stand for networks where a log has coordinates only, about 1 km."""

    max_ids_chars: int = Field(default=256, gt=0)
    """Longer account or device ids are refused as damaged."""

    max_play_hours: int = Field(default=6, gt=0)
    """Players ask "are you still watching?": a longer playback counts for this long."""


class Settings(StageSettings):
    """One field per stage; a stage is only ever given its own."""

    window: WindowSettings = WindowSettings()
    quality: QualitySettings = QualitySettings()
    events: EventSettings = EventSettings()
