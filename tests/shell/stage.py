# SPDX-FileCopyrightText: the Gangway authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The service with a gateway and a platform for a test. The service is the installed one; the peers are fakes."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from gi.repository import Gio, GLib

NAME = "dev.gangway.Relay1"
WAIT_S = 30


class Fake:
    """A fake peer: a program that takes commands, and says its URL in its first line."""

    def __init__(self, program, *arguments):
        self.process = subprocess.Popen([program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = json.loads(self.process.stdout.readline())["url"]

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def request(self, text):
        """Sends a request: a method and its params. What is connected for the service may still be on its way to the peer."""
        self.tell(f"request {text}")
        while self._wait_for("request", "failed") == "failed":
            self._wait_for("message")
            self.tell(f"request {text}")

    def _wait_for(self, *events):
        while True:
            event = json.loads(self.process.stdout.readline())["event"]
            if event in events:
                return event

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(WAIT_S)


class Stage:
    """A service that runs when it is told to, with one gateway and any number of platforms."""

    def __init__(self, folder, fakes):
        self.folder = Path(folder)
        self.fakes = Path(fakes)
        self.config = self.folder / "gangway.conf"
        self.workspace = self.folder / "workspace"
        self.workspace.mkdir(parents=True)
        (self.workspace / "notes.md").write_text("what the agent knows\n", encoding="utf-8")
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        self.service = None
        self.gateway = Fake(self.fakes / "gangway-fake-gateway", "--workspace", self.workspace)
        self.platforms = []

    def add_platform(self, *arguments):
        platform = Fake(self.fakes / "gangway-fake-platform", *arguments)
        self.platforms.append(platform)
        return platform

    def configure(self, accounts, delay=1):
        """Writes gangway.conf; accounts is a dict of names with the lines of each, delay the first one's seconds."""
        groups = [f"[gateway]\nurl={self.gateway.url}\ntoken=test-token\n[retry]\ninitial-delay={delay}\n"]
        groups += [f"[account {name}]\n{lines}\n" for name, lines in accounts.items()]
        self.config.write_text("\n".join(groups), encoding="utf-8")

    @staticmethod
    def account(platform, *lines):
        """The lines of an account whose platform seems to be elsewhere."""
        url = platform.url.replace("127.0.0.1", "platform.example")
        return "\n".join([f"platform-url={url}", "allow-plaintext=true", "platform-key=test-key", *lines])

    def start(self, *arguments):
        log = (self.folder / "gangwayd.log").open("a", encoding="utf-8")
        self.service = subprocess.Popen(["gangwayd", "--config", self.config, *arguments], stdout=log, stderr=log)

    def end(self, sends_kill=False):
        """Ends the service, if it runs."""
        if self.service is None:
            return
        if sends_kill:
            self.service.kill()
        else:
            self.service.terminate()
        self.service.wait(WAIT_S)
        self.service = None

    def ask_bus(self, method):
        """Asks the bus something about the service's name."""
        return self.bus.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", method,
                                  GLib.Variant("(s)", (NAME,)), None, Gio.DBusCallFlags.NONE, -1, None).unpack()[0]

    def is_running(self):
        """Whether anybody owns the service's name."""
        return self.ask_bus("NameHasOwner")

    def end_any(self):
        """Ends a service that the bus has started."""
        if self.is_running():
            os.kill(self.ask_bus("GetConnectionUnixProcessID"), signal.SIGTERM)

    def properties(self, account):
        """An account's properties; empty if it is not there."""
        if not self.is_running():
            return {}
        return self._call_manager("GetStatus")[0].get(account, {})

    def reconnect(self):
        self._call_manager("Reconnect")

    def _call_manager(self, method):
        return self.bus.call_sync(NAME, "/dev/gangway/Relay1", f"{NAME}.Manager", method, None, None,
                                  Gio.DBusCallFlags.NO_AUTO_START, -1, None).unpack()

    def wait(self, account, **wanted):
        """Waits until properties of an account have these values."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            properties = self.properties(account)
            if all(properties.get(name) == value for name, value in wanted.items()):
                return properties
            time.sleep(0.02)
        raise AssertionError(f"waited in vain for {wanted}; there is {properties}")

    def close(self):
        self.end()
        for fake in [self.gateway, *self.platforms]:
            fake.end()
