"""Pages that the tests share: to make one takes seconds."""

from __future__ import annotations

import pytest

from pipelines.record.report import Report
from pipelines.reporting.examples import Examples
from pipelines.reporting.page import page


@pytest.fixture(scope="session")
def text(report: Report, examples: Examples) -> str:
    """The page of the made-up comparison."""
    return page(report, examples)


@pytest.fixture(scope="session")
def two_cells(report: Report) -> Report:
    """The first two cells of the made-up comparison."""
    return report.model_copy(update={"cells": report.cells[:2]})


@pytest.fixture(scope="session")
def page_of_two(two_cells: Report) -> str:
    """Their page, without pictures."""
    return page(two_cells)


@pytest.fixture(scope="session")
def pictured_page_of_two(two_cells: Report, examples: Examples) -> str:
    """Their page, with pictures."""
    return page(two_cells, examples)
