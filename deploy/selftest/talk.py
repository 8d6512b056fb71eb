"""Sending the frames as thirty loggers do, and noting when each was answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from deploy.selftest.plan import LOGGERS, Planned

ANSWER_S = 10.0
PAUSE_S = 0.05
QUIET_S = 0.4  # how long a broken frame is given to be answered by mistake


class Conversation:
    """Moments of sending and answering, by place in the plan."""

    def __init__(self) -> None:
        self.sent_at: dict[int, float] = {}
        self.answered_at: dict[int, float] = {}

    async def speak(self, *, host: str, port: int, frames: Sequence[tuple[int, Planned]]) -> None:
        """One logger: a frame, its answer, a short pause, the next frame."""
        reader, writer = await asyncio.open_connection(host, port)
        for place, frame in frames:
            self.sent_at[place] = time.time()
            writer.write(frame.wire)
            try:
                async with asyncio.timeout(QUIET_S if frame.broken else ANSWER_S):
                    if b"CN=9014" in await reader.readuntil(b"\r\n"):
                        self.answered_at[place] = time.time()
            except TimeoutError:
                pass
            await asyncio.sleep(PAUSE_S)
        writer.close()


async def converse(*, host: str, port: int, frames: Sequence[Planned]) -> Conversation:
    talk = Conversation()
    of_logger = [[(i, f) for i, f in enumerate(frames) if f.number == number] for number in range(LOGGERS)]
    await asyncio.gather(*(talk.speak(host=host, port=port, frames=own) for own in of_logger))
    return talk
