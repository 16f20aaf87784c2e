"""The tasks of a fan-out keep the first error."""

from avepoint_async.paging.tasks import TaskGroup


async def test_the_first_error_is_kept() -> None:
    """Another that comes while the tasks are ended is not the reason why they are."""
    told: list[BaseException] = []
    tasks = TaskGroup(on_end=lambda: None, on_failure=told.append)
    first, second = LookupError("first"), LookupError("second")
    tasks.fail(first)
    tasks.fail(second)
    await tasks.end()
    assert tasks.error is first
    assert told == [first]
