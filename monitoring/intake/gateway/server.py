"""The TCP door for data loggers: thousands of connections, bounded memory, time-outs."""

import asyncio
import contextlib
import logging
import resource
import signal
import socket
from collections.abc import Callable
from typing import cast

from monitoring.intake.gateway.journal import Journal
from monitoring.intake.gateway.registry import Registry
from monitoring.intake.gateway.session import Session

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 5_000
IDLE_SECONDS = 1_800.0  # two of the longest usual reporting intervals
SLOW_SECONDS = 30.0  # a frame that was begun must be complete by then
MOST_UNANSWERED = 500
SWEEP_SECONDS = 5.0


class Connection(asyncio.Protocol):
    """One logger's connection: bytes in, a session that understands them, answers out."""

    def __init__(self, *, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._transport: asyncio.Transport | None = None
        self._session: Session | None = None
        self._unanswered = 0
        self._paused = False
        self.heard_at = gateway.clock()
        self.partial_since: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods of asyncio's and are no subclass of them.
        self._transport = transport = cast(asyncio.Transport, transport)
        if len(self._gateway.connections) >= MOST_CONNECTIONS:
            log.warning("connection refused: %s are open", MOST_CONNECTIONS)
            transport.abort()
            return
        link = transport.get_extra_info("socket")
        if link is not None:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        transport.set_write_buffer_limits(high=64 * 1024)
        host, port = transport.get_extra_info("peername")[:2]
        self._session = Session(registry=self._gateway.registry, peer=f"{host}:{port}")
        self._gateway.connections.add(self)

    def data_received(self, data: bytes) -> None:
        assert self._session is not None
        assert self._transport is not None
        self.heard_at = self._gateway.clock()
        completed = False
        for waiting in self._session.receive(data, answered=self.answered):
            self._unanswered += 1
            self._gateway.journal.add(waiting)
            completed = True
        if not self._session.partial:
            self.partial_since = None
        elif completed or self.partial_since is None:
            # A sender that completes frames is not slow, even if it always has the next one under way.
            self.partial_since = self.heard_at
        if self._unanswered >= MOST_UNANSWERED or self._gateway.journal.full:
            self._paused = True
            self._transport.pause_reading()

    def answered(self, answer: bytes, count: int) -> None:
        """Send answers to frames that are now durably stored."""
        self._unanswered -= count
        if self._transport is None or self._transport.is_closing():
            return
        if answer:
            self._transport.write(answer)
        if self._paused and self._unanswered < MOST_UNANSWERED // 2 and not self._gateway.journal.full:
            self._paused = False
            self.heard_at = self._gateway.clock()
            self.partial_since = None if self.partial_since is None else self.heard_at
            self._transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self._gateway.connections.discard(self)
        if self._session is not None:
            for waiting in self._session.close(answered=self.answered):
                self._gateway.journal.add(waiting)

    def expired(self, *, now: float) -> bool:
        if self._paused:
            return False  # we do not read, so the silence is ours
        slow = self.partial_since is not None and now - self.partial_since > self._gateway.slow_seconds
        return slow or now - self.heard_at > self._gateway.idle_seconds

    def cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class Gateway:
    """The listening server and what its connections share."""

    def __init__(
        self,
        *,
        registry: Registry,
        wake_workers: Callable[[int], None],
        idle_seconds: float = IDLE_SECONDS,
        slow_seconds: float = SLOW_SECONDS,
    ) -> None:
        self.registry = registry
        self.idle_seconds, self.slow_seconds = idle_seconds, slow_seconds
        self.journal = Journal(wake_workers=wake_workers)
        self.connections: set[Connection] = set()
        self.clock: Callable[[], float] = asyncio.get_running_loop().time

    async def serve(self, *, host: str, port: int, ready: Callable[[int], None] = lambda port: None) -> None:
        """Listen until told to stop by SIGTERM or SIGINT; then stop reading, journal what arrived, answer it, close."""
        raise_file_limit()
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await self.registry.refresh()
        server = await loop.create_server(lambda: Connection(gateway=self), host, port, backlog=1024)
        background = [
            asyncio.create_task(self.journal.run()),
            asyncio.create_task(self.registry.keep_fresh()),
            asyncio.create_task(self.registry.keep_counters()),
            asyncio.create_task(self.sweep()),
        ]
        ready(server.sockets[0].getsockname()[1])
        asked = asyncio.create_task(stop.wait())
        ended, _ = await asyncio.wait([asked, *background], return_when=asyncio.FIRST_COMPLETED)
        server.close()
        if asked not in ended:
            # Without its background work the gateway would take frames and never answer: better to end and be restarted.
            for task in ended:
                task.result()
        await self.journal.drain(seconds=10.0)
        for connection in list(self.connections):
            connection.cut()
        await self.journal.drain(seconds=5.0)
        await self.registry.write_counters()
        for task in background:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def sweep(self) -> None:
        """Cut connections that are silent for too long, or that never finish a frame."""
        while True:
            await asyncio.sleep(min(SWEEP_SECONDS, self.slow_seconds / 2))
            now = self.clock()
            for connection in [c for c in self.connections if c.expired(now=now)]:
                connection.cut()


def raise_file_limit() -> None:
    """Each connection is an open file; the soft limit of many machines is 1,024."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
