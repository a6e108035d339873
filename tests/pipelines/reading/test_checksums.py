from hashlib import sha256

import pyarrow.parquet as pq
import pytest

from pipelines.reading.child.opening import open_log
from pipelines.reading.child.survey import survey_file
from pipelines.reading.shared.layouts import LogSource
from pipelines.reading.shared.mapping import UnmappedError
from pipelines.reading.shared.messages import LogFile, ReadPlan, SurveyRequest
from tests.pipelines.tiny_log import day_rows, events

PLAN = ReadPlan(sources=(LogSource(),), memory_mb=4096, chunk_rows=1000)


def survey(path, root=None):
    file = LogFile(name=path.name, path=str(path), root=str(root) if root else None)
    return survey_file(SurveyRequest(file=file), PLAN)


def write(path, **options):
    path.parent.mkdir(exist_ok=True)
    pq.write_table(events(*day_rows()).to_arrow(), path, **options)
    return path


@pytest.mark.parametrize("use_dictionary", [True, False])
@pytest.mark.parametrize("compression", ["none", "zstd"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
class TestChecksumsOfPages:
    @pytest.mark.parametrize("checksums", [True, False])
    def test_are_told(self, tmp_path, checksums, use_dictionary, compression, version):
        options = {"use_dictionary": use_dictionary, "compression": compression}
        path = tmp_path / "a.parquet"
        write(path, write_page_checksum=checksums, data_page_version=version, **options)
        assert survey(path).verified is checksums


class TestDigests:
    def test_of_a_file(self, tmp_path):
        path = write(tmp_path / "a.parquet")
        digest = sha256(path.read_bytes()).hexdigest()
        path.with_name("a.parquet.sha256").write_text(f"{digest}  a.parquet\n")
        assert survey(path).verified

    def test_alone_in_its_file(self, tmp_path):
        path = write(tmp_path / "a.parquet")
        path.with_name("a.parquet.sha256").write_text(sha256(path.read_bytes()).hexdigest())
        assert survey(path).verified

    @pytest.mark.parametrize("name", ["day/a.parquet", "./day/a.parquet"])
    def test_of_all_files_of_the_log(self, tmp_path, name):
        path = write(tmp_path / "day" / "a.parquet")
        digest = sha256(path.read_bytes()).hexdigest()
        (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64} *b.parquet\n{digest} *{name}\n")
        assert survey(path, tmp_path).verified

    def test_a_file_that_differs_is_damaged(self, tmp_path):
        path = write(tmp_path / "a.parquet", write_page_checksum=True)
        path.with_name("SHA256SUMS").write_text(f"{'0' * 64}  a.parquet\n")
        assert "does not match its digest" in survey(path).problem.text

    def test_of_other_files_say_nothing(self, tmp_path):
        path = write(tmp_path / "a.parquet")
        path.with_name("SHA256SUMS").write_text(f"{'0' * 64}  b.parquet\n")
        assert (survey(path).verified, survey(path).problem) == (False, None)


class TestFooters:
    @pytest.mark.parametrize("name", ["account_id", "duration_s", "event_type"])
    @pytest.mark.parametrize("store_schema", [True, False])
    def test_a_flipped_letter_of_a_column_is_damage(self, tmp_path, name, store_schema):
        path = write(tmp_path / "a.parquet", store_schema=store_schema)
        data = bytearray(path.read_bytes())
        length = int.from_bytes(data[-8:-4], "little")
        data[data.index(name.encode(), len(data) - 8 - length) + 2] ^= 1
        path.write_bytes(data)
        with pytest.raises(UnmappedError, match="two names"):
            open_log(str(path))
