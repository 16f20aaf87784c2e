"""Many who ask one throttle for a slot."""

import asyncio

import attrs

from avepoint_async.transport.throttle import Throttle


async def settle() -> None:
    """Let everyone do what they can do now; no time passes."""
    for _ in range(10):
        await asyncio.sleep(0)


@attrs.define
class Crowd:
    """Tasks that wait for slots, and the order in which they got them."""

    throttle: Throttle
    stamps: dict[int, int] = attrs.Factory(dict[int, int])
    tasks: list["asyncio.Task[None]"] = attrs.Factory(list["asyncio.Task[None]"])

    async def come(self, number: int) -> None:
        """Let so many more ask for a slot."""
        self.tasks += [
            asyncio.create_task(self._ask(number))
            for number in range(len(self.tasks), len(self.tasks) + number)
        ]
        await settle()

    async def _ask(self, number: int) -> None:
        self.stamps[number] = await self.throttle.acquire()

    @property
    def served(self) -> list[int]:
        """Who got a slot, in order."""
        return list(self.stamps)

    async def leave(self) -> None:
        """Cancel who still waits."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
