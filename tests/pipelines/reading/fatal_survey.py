"""A child that dies of the first look at a file whose name says so."""

import os
from pathlib import Path

from pipelines.reading.child import main as child

survey = child.survey_file


def survey_file(request, plan):
    if Path(request.file.path).stem == "abort":
        os.abort()
    return survey(request, plan)


if __name__ == "__main__":
    child.survey_file = survey_file
    child.main()
