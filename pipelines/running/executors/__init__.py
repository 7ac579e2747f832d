"""Who runs the tasks of a comparison: this process, or the workers of a Dask cluster.

A task is a function of a module with arguments that can be pickled. No other module depends on
where a task runs.
"""

from __future__ import annotations

from pipelines.running.executors.engines import (
    given_engine,
    named_engine,
    tasks_at_once,
    tasks_at_once_of_named,
)
from pipelines.running.executors.executor import (
    Executor,
    InProcess,
    Named,
    Workers,
    collected,
    said,
)
from pipelines.running.executors.far import TaskFailed

__all__ = [
    "Executor",
    "InProcess",
    "Named",
    "TaskFailed",
    "Workers",
    "collected",
    "given_engine",
    "named_engine",
    "said",
    "tasks_at_once",
    "tasks_at_once_of_named",
]
