"""Telling how far a long step has come: a bar on a terminal, a line every tenth elsewhere."""

import time
from typing import TextIO

BAR = 30
PAUSE_S = 0.1


class Progress:
    """Shares of named phases that add up to 1."""

    def __init__(self, *, stream: TextIO) -> None:
        self._stream, self._terminal = stream, stream.isatty()
        self._shown_at, self._tenth, self._wide = 0.0, -1, 0
        self._begun = time.monotonic()

    def tell(self, share: float, what: str) -> None:
        """Show that this share of the whole is done."""
        if self._terminal:
            self._draw(share, what)
        elif int(share * 10) > self._tenth:
            self._tenth = int(share * 10)
            self._stream.write(f"demonstration park: {share * 100:3.0f} %  {what}\n")
            self._stream.flush()

    def done(self, what: str) -> None:
        seconds = time.monotonic() - self._begun
        if self._terminal:
            self._draw(1.0, what, force=True)
            self._stream.write("\n")
        self._stream.write(f"demonstration park: ready in {seconds:.1f} s ({what})\n")
        self._stream.flush()

    def _draw(self, share: float, what: str, *, force: bool = False) -> None:
        now = time.monotonic()
        if not force and now - self._shown_at < PAUSE_S:
            return
        self._shown_at = now
        full = int(share * BAR)
        line = f"demonstration park [{'#' * full}{'.' * (BAR - full)}] {share * 100:3.0f} %  {what}"
        self._stream.write("\r" + line.ljust(self._wide))
        self._stream.flush()
        self._wide = len(line)
