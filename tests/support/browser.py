"""A browser for the tests of pages: Chromium, driven over a pipe."""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.tools import tool

#: How long anything may take, in seconds.
_PATIENCE = 60.0
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--remote-debugging-pipe",
)  # fmt: skip
_KEYS = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Home": 36, "End": 35, "Escape": 27,
         "Enter": 13, "Tab": 9}  # fmt: skip


class Browser:
    """One Chromium with one page.

    Attributes:
        complaints: Errors of scripts and of the console, since the page was opened.
        requests: The addresses that the page asked for, but for itself.
    """

    def __init__(self, folder: Path) -> None:
        program = tool("chromium")
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._buffer = b""
        self._asked = 0
        self._address = ""

        def connect() -> None:
            # The browser reads commands from descriptor 3 and writes answers to 4.
            one, other = os.dup(theirs_in), os.dup(theirs_out)
            os.dup2(one, 3)
            os.dup2(other, 4)

        self._process = subprocess.Popen(
            [program, *_FLAGS, f"--user-data-dir={folder}", "about:blank"],
            preexec_fn=connect,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        """End the browser."""
        self._process.terminate()
        self._process.wait(_PATIENCE)
        os.close(self._to)
        os.close(self._from)

    # The protocol -----------------------------------------------------------------------------------

    def call(self, method: str, **parameters: Any) -> Any:
        """Return what a command of the protocol answers for the page."""
        return self._call(method, self._session, **parameters)

    def _call(self, method: str, session: str | None = None, **parameters: Any) -> Any:
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next(_PATIENCE)
            if answer is None:
                raise TimeoutError(method)
            if answer.get("id") == self._asked:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def _next(self, wait: float) -> dict[str, Any] | None:
        """Return the next message, having noted what it tells; None if there is none for so long."""
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._from], [], [], wait)
            if not ready:
                return None
            more = os.read(self._from, 1 << 20)
            if not more:
                raise RuntimeError("the browser has ended")
            self._buffer += more
        text, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        told = message.get("params", {})
        match message.get("method"):
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(told["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if told["type"] in ("error", "warning"):
                self.complaints.append(json.dumps(told["args"]))
            case "Log.entryAdded":
                self.complaints.append(told["entry"]["text"])
            case "Network.requestWillBeSent":
                address = told["request"]["url"].partition("#")[0]
                if address != self._address and not address.startswith("data:"):
                    self.requests.append(address)
        return message

    # The page ---------------------------------------------------------------------------------------

    def open(self, path: Path, hash: str = "", width: int = 1280, height: int = 800, scripts: bool = True) -> None:
        """Open a file anew."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self._go("about:blank")
        self.complaints.clear()
        self.requests.clear()
        self._address = path.absolute().as_uri()
        self._go(self._address + hash)

    def _go(self, address: str) -> None:
        self.call("Page.navigate", url=address)
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            message = self._next(_PATIENCE)
            if message is None or message.get("method") == "Page.loadEventFired":
                return

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression in the page, when it is settled."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise RuntimeError(json.dumps(found["exceptionDetails"]))
        return found["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until an expression holds."""
        deadline = time.monotonic() + _PATIENCE
        while not self.evaluate(expression):
            if time.monotonic() > deadline:
                raise TimeoutError(expression)
            time.sleep(0.02)

    def prefer(self, **features: str) -> None:
        """Set media features, such as `prefers_reduced_motion="reduce"`."""
        listed = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", features=listed)

    # Its reader -------------------------------------------------------------------------------------

    def place(self, selector: str) -> tuple[float, float]:
        """Return the middle of an element on the screen."""
        box = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect()"
        x, y, width, height = self.evaluate(f"(({{x, y, width, height}}) => [x, y, width, height])({box})")
        return x + width / 2, y + height / 2

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """Do something with the mouse: `mouseMoved`, `mousePressed`, `mouseReleased`, `mouseWheel`."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def hover(self, selector: str) -> None:
        """Point at an element."""
        self.mouse("mouseMoved", *self.place(selector))

    def click(self, selector: str) -> None:
        """Click on an element."""
        x, y = self.place(selector)
        self.mouse("mouseMoved", x, y)
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, x, y, button="left", clickCount=1)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag from one place to another."""
        self.mouse("mouseMoved", *start)
        self.mouse("mousePressed", *start, button="left", clickCount=1)
        for share in (0.25, 0.5, 0.75, 1.0):
            x, y = (a + share * (b - a) for a, b in zip(start, end, strict=True))
            self.mouse("mouseMoved", x, y, button="left", buttons=1)
        self.mouse("mouseReleased", *end, button="left", clickCount=1)

    def touch(self, *stages: Sequence[tuple[float, float]]) -> None:
        """Put fingers on the screen and move them, then take them off."""
        for n, stage in enumerate(stages):
            points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(stage)]
            kind = "touchMove" if n else "touchStart"
            self.call("Input.dispatchTouchEvent", type=kind, touchPoints=points)
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            known = {"key": key, "code": key, "windowsVirtualKeyCode": _KEYS.get(key, ord(key[0].upper()))}
            text = {} if key in _KEYS and key != "Enter" else {"text": "\r" if key == "Enter" else key}
            self.call("Input.dispatchKeyEvent", type="keyDown", **known, **text)
            self.call("Input.dispatchKeyEvent", type="keyUp", **known)

    def screenshot(self, path: Path, whole: bool = False) -> None:
        """Write what is seen as PNG."""
        image = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(image["data"]))
