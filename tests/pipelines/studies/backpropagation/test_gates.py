from __future__ import annotations

from pipelines.studies.backpropagation.experiment import Backpropagation


def test_each_gate_directs_the_traffic_in_its_own_way(found: Backpropagation) -> None:
    assert {each.gate.name: each.passed for each in found.gates} == {
        "add": (4, 4),
        "multiply": (-15, 10),
        "copy": (2,),
        "max": (0, 8),
    }
    for each in found.gates:
        assert each.passed == each.measured
    assert all(finding.holds for finding in found.findings())
