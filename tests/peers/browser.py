"""A headless Chromium, driven over its debugging pipe: each line of standard input is a JavaScript expression, each line of
standard output what it comes to, as JSON.

    browser.py URL WIDTH HEIGHT
"""
import json
import os
import subprocess
import sys
import tempfile


class Page:
    def __init__(self, url, width, height):
        from_us, to_browser = os.pipe()
        from_browser, to_us = os.pipe()
        self.to, self.answers, self.number, self.session = to_browser, os.fdopen(from_browser, "rb"), 0, None
        self.faults = []
        self.home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)

        def connect():
            # The browser reads from 3 and writes to 4; first out of the way of both.
            ours, theirs = os.dup(from_us), os.dup(to_us)
            os.dup2(ours, 3)
            os.dup2(theirs, 4)

        command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--remote-debugging-pipe", "--user-data-dir=" + self.home.name, "about:blank"]
        self.process = subprocess.Popen(command, preexec_fn=connect, close_fds=False,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(from_us)
        os.close(to_us)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(domain + ".enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Page.navigate", url=url)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                return answer["result"]
            if answer.get("method") == "Runtime.exceptionThrown":
                self.faults.append(answer["params"]["exceptionDetails"]["text"])

    def read(self):
        text = bytearray()
        while (byte := self.answers.read(1)) != b"\0":
            if not byte:
                raise EOFError("the browser has gone")
            text += byte
        return json.loads(text)

    def evaluate(self, expression):
        told = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in told:
            return {"fault": told["exceptionDetails"]["text"]}
        return told["result"].get("value")


def main():
    page = Page(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    try:
        for line in sys.stdin:
            # What the page itself did wrong can be asked for too.
            told = page.faults if line.strip() == "faults" else page.evaluate(line)
            print(json.dumps(told), flush=True)
    finally:
        page.process.kill()
        page.process.wait()


main()
