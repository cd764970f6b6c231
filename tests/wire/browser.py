"""A headless Chromium, driven over its DevTools protocol through two pipes (no port, no library).

    with Browser() as browser:
        page = browser.open("/tmp/report.html")
        page.evaluate("document.title")
        page.key("Enter")

A page keeps what a report must not do: `dialogs`, `requests` beyond the page's own file,
`complaints` (console errors, exceptions, refusals by the Content-Security-Policy).
"""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

from processes import Trouble
from runner import Skip

NAMES = ("chromium", "chromium-browser", "google-chrome")
START_SECONDS = 60
CALL_SECONDS = 90
# Key codes by name (DevTools Input.dispatchKeyEvent wants both); characters give their own.
KEYS = {"Enter": 13, "Escape": 27, "ArrowUp": 38, "ArrowDown": 40, "ArrowLeft": 37,
        "ArrowRight": 39, "Home": 36, "End": 35, "PageDown": 34, "PageUp": 33, "Tab": 9}


def find_browser():
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    raise Skip("no Chromium is installed (Debian's package chromium)")


class Browser:
    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="mxgrade-browser.")
        to_browser, self.writer = os.pipe()
        self.reader, from_browser = os.pipe()
        command = [find_browser(), "--headless=new", "--no-sandbox", "--disable-gpu",
                   "--disable-dev-shm-usage", "--disable-background-networking",
                   "--disable-component-update", "--disable-extensions", "--no-first-run",
                   "--remote-debugging-pipe", "--user-data-dir=" + self.folder]
        log = open(os.path.join(self.folder, "log"), "wb")
        # The browser reads commands from descriptor 3 and answers on 4.
        self.process = subprocess.Popen(
            ["sh", "-c", 'in=$1 out=$2; shift 2; eval "exec 3<&$in 4>&$out"; exec "$@"', "sh",
             str(to_browser), str(from_browser), *command],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            pass_fds=(to_browser, from_browser), start_new_session=True)
        log.close()
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.next_id = 0
        self.answers = {}
        self.pages = {}
        self.call("Browser.getVersion", seconds=START_SECONDS)
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close", seconds=10)
            self.process.wait(timeout=10)
        except (Trouble, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.writer)
        os.close(self.reader)
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, session=None, seconds=CALL_SECONDS, **parameters):
        self.next_id += 1
        message = {"id": self.next_id, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.writer, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + seconds
        while message["id"] not in self.answers:
            self.listen(deadline, method)
        answer = self.answers.pop(message["id"])
        if "error" in answer:
            raise Trouble(f"{method}: {answer['error']}")
        return answer["result"]

    def listen(self, deadline, what):
        """Reads once from the browser and hands on what is whole."""
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.reader], [], [], left)[0]:
            raise Trouble(f"the browser did not answer in time: {what}")
        data = os.read(self.reader, 1 << 16)
        if not data:
            with open(os.path.join(self.folder, "log"), errors="replace") as log:
                raise Trouble("the browser ended:\n" + log.read()[-2000:])
        self.buffer += data
        *messages, self.buffer = self.buffer.split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self.answers[message["id"]] = message
            elif message.get("sessionId") in self.pages:
                self.pages[message["sessionId"]].take(message["method"], message["params"])

    def open(self, path, width=1400, height=1000, dark=False, before=None, fragment=""):
        """`before` is a script that runs before those of the page."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self.pages[session] = Page(self, session, "file://" + os.path.abspath(path),
                                        fragment)
        page.start(width, height, dark, before)
        return page


class Page:
    def __init__(self, browser, session, url, fragment):
        self.browser = browser
        self.session = session
        self.url = url
        self.fragment = fragment
        self.dialogs = []
        self.requests = []
        self.complaints = []
        self.loaded = False

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def start(self, width, height, dark, before):
        for domain in ("Page", "Runtime", "Network", "Log", "Audits"):
            self.call(domain + ".enable")
        self.call("Performance.enable", timeDomain="threadTicks")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.theme(dark)
        if before:
            self.call("Page.addScriptToEvaluateOnNewDocument", source=before)
        self.call("Page.navigate", url=self.url + self.fragment)
        deadline = time.monotonic() + CALL_SECONDS
        while not self.loaded:
            self.browser.listen(deadline, "loading " + self.url)
        self.until_idle()

    def theme(self, dark):
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def take(self, method, parameters):
        if method == "Page.loadEventFired":
            self.loaded = True
        elif method == "Page.javascriptDialogOpening":
            self.dialogs.append(parameters.get("message"))
        elif method == "Network.requestWillBeSent":
            if parameters["request"]["url"] != self.url:
                self.requests.append(parameters["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(parameters["exceptionDetails"])[:600])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
            self.complaints.append(json.dumps(parameters["args"])[:600])
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.complaints.append(parameters["entry"]["text"])
        elif method == "Audits.issueAdded":
            if "contentSecurityPolicy" in json.dumps(parameters):
                self.complaints.append(json.dumps(parameters)[:600])

    def evaluate(self, expression):
        """The value of an expression, which may be a promise."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True, userGesture=True)
        if "exceptionDetails" in answer:
            raise Trouble(f"{expression}: {json.dumps(answer['exceptionDetails'])[:600]}")
        return answer["result"].get("value")

    def busy_ms(self):
        """Processor time that the page's thread has used so far."""
        metrics = self.call("Performance.getMetrics")["metrics"]
        return 1000 * next(m["value"] for m in metrics if m["name"] == "TaskDuration")

    def key(self, name):
        code = KEYS.get(name, ord(name.upper()) if len(name) == 1 else 0)
        event = {"key": name, "windowsVirtualKeyCode": code}
        text = "\r" if name == "Enter" else name if len(name) == 1 else None
        down = {**event, "type": "keyDown", **({"text": text} if text else {})}
        self.call("Input.dispatchKeyEvent", **down)
        self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def click(self, selector):
        """A real click in the middle of the first element that matches."""
        place = self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " if (!e) { return null; } e.scrollIntoView({block: 'center'});"
            " const b = e.getBoundingClientRect();"
            " return [b.x + b.width / 2, b.y + b.height / 2]; })()")
        if place is None:
            raise Trouble(f"nothing matches {selector}")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1],
                      button="left", clickCount=1)

    def until_idle(self):
        """Until no part of the page says that it is busy (aria-busy)."""
        self.evaluate("new Promise(done => { const look = () => document.querySelector("
                      "'[aria-busy=true]') ? setTimeout(look, 5) : done(1); look(); })")

    def settle(self):
        """Until the browser has drawn what was asked for."""
        self.call("Page.bringToFront")  # a page behind another is not drawn
        self.until_idle()
        self.evaluate("new Promise(done => requestAnimationFrame(() => "
                      "requestAnimationFrame(() => done(1))))")

    def screenshot(self, path, whole=False):
        answer = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        with open(path, "wb") as stream:
            stream.write(base64.b64decode(answer["data"]))

    def pdf(self, path):
        answer = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        with open(path, "wb") as stream:
            stream.write(base64.b64decode(answer["data"]))
