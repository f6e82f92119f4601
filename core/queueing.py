"""A django.tasks backend that hands tasks to Celery once the transaction is through."""

from typing import Any

from django.db import transaction
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.base import TaskResult, TaskResultStatus
from django.utils import timezone
from django.utils.crypto import get_random_string


class CeleryTaskBackend(BaseTaskBackend):
    """Enqueues by the task's path; results are kept by whoever asked (deliveries, jobs, schedules), not here."""

    supports_async_task = False
    supports_get_result = False

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> TaskResult:
        self.validate_task(task)
        result: TaskResult = TaskResult(
            task=task,
            id=get_random_string(32),
            status=TaskResultStatus.READY,
            enqueued_at=timezone.now(),
            started_at=None,
            finished_at=None,
            last_attempted_at=None,
            args=list(args),
            kwargs=dict(kwargs),
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
        from core.celery import run  # Celery is only there in the production profile

        transaction.on_commit(
            lambda: run.apply_async((task.module_path, list(args), dict(kwargs)), task_id=result.id), robust=True
        )
        return result
