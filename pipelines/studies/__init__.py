"""The ideas behind the comparison, each as an experiment that runs."""

from pipelines.errors import StudyError
from pipelines.studies.study import STUDIES, Finding, Picture, Result, Study, load_study

__all__ = ["STUDIES", "Finding", "Picture", "Result", "Study", "StudyError", "load_study"]
