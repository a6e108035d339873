import pytest

from detector.errors import SettingsError
from detector.settings import Settings
from pipelines.config import read_config, replace_settings


def config(tmp_path, text: str):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return read_config(path)


class TestReadConfig:
    def test_nothing_given(self):
        assert read_config().settings == Settings()

    def test_file(self, tmp_path):
        assert config(tmp_path, "[window]\ndays = 7").settings.window.days == 7

    def test_environment_wins(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOUSEHOLD__WINDOW__DAYS", "28")
        read = config(tmp_path, "[window]\ndays = 7\n[quality]\nmax_reject_share = 0.5").settings
        assert (read.window.days, read.quality.max_reject_share) == (28, 0.5)

    def test_columns(self, tmp_path):
        read = config(tmp_path, '[columns]\naccount_id = "subscriber"').settings
        assert read.columns.account_id == "subscriber"

    @pytest.mark.parametrize(
        ("text", "advice"),
        [
            pytest.param(
                "[window]\ndayz = 7", r"window\.dayz; did you mean window\.days", id="key"
            ),
            pytest.param("[windows]\ndays = 7", "did you mean window", id="stage"),
            pytest.param("days = 7", r"did you mean window\.days", id="stage forgotten"),
            pytest.param("[window]\ncolour = 7", r"known here: window\.days", id="nothing near"),
            pytest.param("[window]\ndays = 0", r"window\.days = 0: .* greater", id="out of range"),
            pytest.param("window = 7", "window = 7", id="no table"),
            pytest.param("[window", "is not TOML", id="no TOML"),
        ],
    )
    def test_mistakes_are_named(self, tmp_path, text, advice):
        with pytest.raises(SettingsError, match=advice) as caught:
            config(tmp_path, text)
        assert "mine.toml" in str(caught.value)

    def test_no_such_file(self, tmp_path):
        with pytest.raises(SettingsError, match=r"none\.toml cannot be read"):
            read_config(tmp_path / "none.toml")

    @pytest.mark.parametrize("variable", ["HOUSEHOLD__WINDOWS__DAYS", "HOUSEHOLD__WINDOW__DAYZ"])
    def test_misspelt_variable(self, monkeypatch, variable):
        monkeypatch.setenv(variable, "7")
        with pytest.raises(SettingsError, match="did you mean window"):
            read_config()


class TestReplaceSettings:
    def test_none_leaves_the_old_value(self):
        assert replace_settings(Settings(), {"window.days": None}, source="--window") == Settings()

    def test_value_out_of_range(self):
        with pytest.raises(SettingsError, match="--window"):
            replace_settings(Settings(), {"window.days": 0}, source="--window")
