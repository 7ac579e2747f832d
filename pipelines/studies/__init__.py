"""The ideas behind the comparison, each as an experiment that runs."""

from pipelines.errors import StudyError
from pipelines.studies.registry import STUDIES
from pipelines.studies.study import Finding, Picture, Result, Study

__all__ = ["STUDIES", "Finding", "Picture", "Result", "Study", "StudyError"]
