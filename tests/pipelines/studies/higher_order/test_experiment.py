"""Products with the Hessian are right, and the penalty flattens what it is asked to."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from data import Dataset
from pipelines.studies.higher_order import experiment as study


def test_the_penalty_flattens(result: study.CurvatureForLess) -> None:
    plain, flat = result.warps
    assert (plain.penalty, flat.penalty) == (0, study.PENALTY)
    assert plain.gradient > 1.2 * flat.gradient
    assert plain.folding > 1.3 * flat.folding
    assert plain.slope > 1.2 * flat.slope
    assert min(plain.fresh, flat.fresh) > 0.8
    assert all(finding.holds for finding in result.findings())


def test_what_is_no_flatter_is_found_out(result: study.CurvatureForLess) -> None:
    plain, _ = result.warps
    same = replace(plain, penalty=study.PENALTY)
    found = replace(result, warps=(plain, same)).findings()
    assert [finding.holds for finding in found] == [True, True, False, False]


@pytest.mark.slow
def test_without_the_penalty_nothing_is_flatter(
    result: study.CurvatureForLess, tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "costs", lambda *_, **__: result.costs)
    plain = study.run(tiny, size=0.1, penalised=False)
    first, second = plain.warps
    assert (first.gradient, first.folding) == (second.gradient, second.folding)
    assert first.folding == result.without.folding
    assert [finding.holds for finding in plain.findings()] == [True, True, False, False]


@pytest.mark.slow
def test_the_full_size_bears_the_claim_out_in_a_minute(tiny: Dataset) -> None:
    begun = time.process_time()
    result = study.run(tiny)
    assert time.process_time() - begun < 60
    assert [finding.says for finding in result.findings() if not finding.holds] == []
    last = result.warps[-1]
    assert last.folding < 0.5 * result.without.folding
    assert last.fresh < result.penalised.fresh - 0.02
