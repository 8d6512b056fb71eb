"""A crowd of data loggers in a process of its own: `python -m deploy.bench.load`. Knows the protocol, not the platform."""

from __future__ import annotations

import asyncio
import json
import time
from argparse import ArgumentParser
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

import numpy as np
import uvloop

from deploy.bench.frames import record

ANSWER = b"CN=9014"
TICK_S = 0.01


@dataclass
class Result:
    """What the crowd saw."""

    answered: int = 0
    latencies: list[float] = field(default_factory=list)
    last_at: float = 0.0


class Sender(asyncio.Protocol):
    """One logger: keeps up to `window` frames unanswered."""

    def __init__(self, *, frames: Sequence[bytes], window: int, result: Result, done: asyncio.Event) -> None:
        self.frames, self.window, self.result, self.done = frames, window, result, done
        self.next = self.answered = 0
        self.sent_at: deque[float] = deque()
        self.rest = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def push(self, count: int) -> None:
        """Send the next frames in one write."""
        stop = min(self.next + count, len(self.frames))
        if stop > self.next and self.transport is not None:
            self.sent_at.extend([time.perf_counter()] * (stop - self.next))
            self.transport.write(b"".join(self.frames[self.next : stop]))
            self.next = stop

    def data_received(self, data: bytes) -> None:
        text = self.rest + data
        count, self.rest = text.count(ANSWER), text[1 - len(ANSWER) :]
        now = time.perf_counter()
        self.result.latencies += [now - self.sent_at.popleft() for _ in range(count)]
        self.result.answered += count
        self.result.last_at = time.time()
        self.answered += count
        if self.window:
            self.push(self.window - (self.next - self.answered))
        if self.answered == len(self.frames):
            self.done.set()

    def connection_lost(self, error: Exception | None) -> None:
        self.done.set()


async def storm(*, host: str, port: int, frames: list[list[bytes]], window: int, rate: float) -> tuple[Result, float]:
    """Send all frames, as fast as they are answered or at a steady rate. Returns the result and the moment of the start."""
    result, loop = Result(), asyncio.get_running_loop()
    senders: list[Sender] = []
    for own in frames:
        made = Sender(frames=own, window=0 if rate else window, result=result, done=asyncio.Event())
        await loop.create_connection(lambda made=made: made, host, port)  # type: ignore[misc]
        senders.append(made)
    start = time.time()
    if rate:
        await at_rate(senders=senders, rate=rate)
    else:
        for sender in senders:
            sender.push(window)
    await asyncio.wait_for(asyncio.gather(*(sender.done.wait() for sender in senders)), timeout=90)
    return result, start


async def at_rate(*, senders: list[Sender], rate: float) -> None:
    """One frame after the other, from one connection after the other."""
    total, sent, start = sum(len(s.frames) for s in senders), 0, time.perf_counter()
    while sent < total:
        due = min(int((time.perf_counter() - start) * rate) + 1, total)
        for number in range(sent, due):
            senders[number % len(senders)].push(1)
        sent = due
        await asyncio.sleep(TICK_S)


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--frames", type=int, default=200, help="for each connection")
    parser.add_argument("--window", type=int, default=40)
    parser.add_argument(
        "--rate", type=float, default=0.0, help="frames a second of all together; 0: as fast as answered"
    )
    parser.add_argument("--start", required=True, help="time of the first record, ISO 8601")
    options = parser.parse_args()
    begin = datetime.fromisoformat(options.start).astimezone(UTC)
    frames = [
        [record(number=number, time=begin + timedelta(seconds=30 * step)) for step in range(options.frames)]
        for number in range(options.connections)
    ]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result, start = runner.run(
            storm(host=options.host, port=options.port, frames=frames, window=options.window, rate=options.rate)
        )
    waits = np.array(result.latencies) * 1000.0
    print(
        json.dumps(
            {
                "sent": sum(len(own) for own in frames), "answered": result.answered, "started_at": start,
                "answered_at": result.last_at, "p50_ms": round(float(np.percentile(waits, 50)), 2),
                "p99_ms": round(float(np.percentile(waits, 99)), 2), "frame_bytes": len(frames[0][0]),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
