"""The logger's side of the wire: sends frames over TCP, waits for the platform's answers, tries again, reconnects."""

import asyncio
import contextlib

from monitoring.hj212.codes import COMMANDS, REQUESTS
from monitoring.hj212.frames import FrameSplitter, RawFrame
from monitoring.hj212.packets import parse, peek
from monitoring.hj212.replies import request_answer

TIMEOUT_S, RETRIES = 10.0, 3  # as table 1 of HJ 212-2017 says for mobile networks
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
PORTION = 4_096
REFUSED = 2  # QnRtn of a request that is understood and not carried out


class LoggerClient:
    """One connection to a platform. Used by one task; opened when something is to be sent, and again when it broke."""

    def __init__(self, *, host: str, port: int, timeout_s: float = TIMEOUT_S, retries: int = RETRIES) -> None:
        self._host, self._port, self._timeout_s, self._retries = host, port, timeout_s, retries
        self._writer: asyncio.StreamWriter | None = None
        self._listener: asyncio.Task[None] | None = None
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._pause_s = FIRST_PAUSE_S
        self.sent = self.answered = self.unanswered = 0

    async def send(self, frame: bytes) -> bool:
        """Send a frame until it is answered. False when the platform stays silent through all retries."""
        qn = peek(frame[6 : 6 + int(frame[2:6])]).qn
        for _ in range(self._retries + 1):
            answer = self._waiting[qn] = asyncio.get_running_loop().create_future()
            try:
                await self.push(frame)
                await asyncio.wait_for(answer, self._timeout_s)
            except TimeoutError:
                continue
            except OSError:
                await self._lost()
                continue
            finally:
                self._waiting.pop(qn, None)
            self.answered += 1
            return True
        self.unanswered += 1
        return False

    async def push(self, frame: bytes) -> None:
        """Send a frame and wait for nothing.

        Raises:
            OSError: the platform cannot be reached, or the connection broke.
        """
        writer = self._writer or await self._open()
        writer.write(frame)
        self.sent += 1
        await writer.drain()

    async def close(self) -> None:
        """Close the connection."""
        listener, writer = self._listener, self._writer
        self._listener = self._writer = None
        if listener is not None:
            listener.cancel()
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _open(self) -> asyncio.StreamWriter:
        reader, self._writer = await asyncio.open_connection(self._host, self._port)
        self._pause_s = FIRST_PAUSE_S
        self._listener = asyncio.create_task(self._listen(reader, self._writer))
        return self._writer

    async def _lost(self) -> None:
        """Let go of a broken connection and wait longer each time before the next."""
        await self.close()
        await asyncio.sleep(self._pause_s)
        self._pause_s = min(self._pause_s * 2.0, LONGEST_PAUSE_S)

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        splitter = FrameSplitter()
        with contextlib.suppress(OSError):
            while data := await reader.read(PORTION):
                for frame in splitter.feed(data):
                    self._hear(frame, writer)
        if self._writer is writer:
            self._writer = None
        writer.close()
        for answer in list(self._waiting.values()):
            if not answer.done():
                answer.set_exception(ConnectionResetError("the platform closed the connection"))

    def _hear(self, frame: RawFrame, writer: asyncio.StreamWriter) -> None:
        """An answer releases the frame that waits for it; a request is refused politely."""
        if frame.is_noise or not frame.crc_ok:
            return
        header = parse(frame.segment).header
        if header.cn in REQUESTS:
            writer.write(request_answer(header, code=REFUSED))
            return
        command = COMMANDS.get(header.cn)
        answer = self._waiting.get(header.qn)
        if command is not None and command.kind == "ANSWER" and answer is not None and not answer.done():
            answer.set_result(None)
