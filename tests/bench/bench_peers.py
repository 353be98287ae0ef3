# SPDX-FileCopyrightText: the Gangway authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The relays that are measured: how each is made ready and started."""

import json
import os
import platform
import shutil
import subprocess
from pathlib import Path

SOURCES = Path(__file__).resolve().parent / "peers"


class Unavailable(Exception):
    """Something is not there or does not run; the text says what."""


def built_program(build_dir, name):
    """The path of a program of this build, as Meson knows it."""
    try:
        targets = json.loads((build_dir / "meson-info" / "intro-targets.json").read_text())
    except OSError as error:
        raise Unavailable(f"{build_dir} is no Meson build directory: {error.strerror}") from error
    for target in targets:
        if target["name"] == name and target["type"] == "executable":
            if Path(target["filename"][0]).exists():
                return target["filename"][0]
            raise Unavailable(f"{name} is not built yet: ninja -C {build_dir}")
    raise Unavailable(f"{build_dir} does not build {name}")


def first_line(*command):
    """What a program says of its version."""
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError) as error:
        raise Unavailable(f"{command[0]} does not run: {error}") from error


class Peer:
    """A relay. `prepare` is called before each start, with the ports of the driver's two servers."""

    unframed = False
    serves_workspace = True
    serves_streams = False

    def __init__(self, build_dir, folder):
        self.build_dir = build_dir
        self.folder = folder
        self.home = folder / f"home-{self.title}"
        self.home.mkdir()

    def environment(self, **more):
        """Nothing of whoever runs the bench: no proxies, no settings, no session."""
        runtime_dir = self.home / "run"
        runtime_dir.mkdir(mode=0o700, exist_ok=True)
        own = {"HOME": str(self.home), "LANG": "C.UTF-8", "XDG_RUNTIME_DIR": str(runtime_dir)}
        return {"PATH": os.environ["PATH"], **own, **more}

    def close(self):
        """Ends what the peer needed besides itself."""


class Gangway(Peer):
    """gangwayd with one account, on a session bus of its own, as on a desktop."""

    title = "gangway"
    serves_streams = True

    BUS_CONFIG = """<busconfig><type>session</type><listen>unix:dir={}</listen><policy context="default">
    <allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>"""

    ACCOUNT = """[account bench-{number}]
platform-url=ws://127.0.0.1:{platform_port}
platform-key=bench-platform-key
workspace-root={workspace}
"""

    def __init__(self, build_dir, folder):
        super().__init__(build_dir, folder)
        self.accounts = 1
        self.program = built_program(build_dir, "gangwayd")
        self.about = f"gangway: {first_line(self.program, '--version')} ({self.build_kind()})"
        self.start_bus()

    def build_kind(self):
        options = json.loads((self.build_dir / "meson-info" / "intro-buildoptions.json").read_text())
        values = {option["name"]: option["value"] for option in options}
        sanitizers = values["b_sanitize"] if isinstance(values["b_sanitize"], str) else ",".join(values["b_sanitize"])
        return f"-O{values['optimization']}" + ("" if sanitizers in ("", "none") else f", WITH SANITIZERS: {sanitizers}")

    def start_bus(self):
        if shutil.which("dbus-daemon") is None:
            raise Unavailable("dbus-daemon is not installed (Debian: dbus-daemon)")
        config = self.home / "bus.conf"
        config.write_text(self.BUS_CONFIG.format(self.home))
        self.bus = subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"],
                                    stdout=subprocess.PIPE, text=True)
        self.bus_address = self.bus.stdout.readline().strip()

    def prepare(self, gateway_port, platform_port):
        openclaw = self.home / ".openclaw" / "openclaw.json"
        openclaw.parent.mkdir(exist_ok=True)
        openclaw.write_text(json.dumps({"gateway": {"port": gateway_port,
                                                    "auth": {"mode": "token", "token": "bench-gateway-token"}}}))
        config = self.home / "gangway.conf"
        config.write_text("\n".join(self.ACCOUNT.format(number=number, platform_port=platform_port,
                                                         workspace=self.folder / "workspace")
                                    for number in range(self.accounts)))
        config.chmod(0o600)
        environment = self.environment(DBUS_SESSION_BUS_ADDRESS=self.bus_address, DBUS_SYSTEM_BUS_ADDRESS=self.bus_address)
        return [self.program, f"--config={config}"], environment

    def close(self):
        self.bus.terminate()
        self.bus.wait()


class Script(Peer):
    """The plugin's relay in JavaScript. Its engine comes from npm, exactly the version that the lock file names."""

    def __init__(self, build_dir, folder):
        super().__init__(build_dir, folder)
        self.packages = self.install()
        self.engine = self.find_engine()

    def install(self):
        """Installs into the build directory, once for each state of the lock file."""
        target = (self.build_dir / "bench-peers").resolve()
        lock = "package-lock.json"
        current = target / "installed.json"
        target.mkdir(exist_ok=True)
        shutil.copy(SOURCES / "relay.mjs", target)
        if current.exists() and current.read_bytes() == (SOURCES / lock).read_bytes():
            return target
        if shutil.which("npm") is None:
            raise Unavailable("npm is not installed, so there is no engine to run the plugin's relay on")
        for name in ("package.json", lock):
            shutil.copy(SOURCES / name, target)
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=target, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise Unavailable(f"npm could not install it: {done.stdout[-1000:]}")
        shutil.copy(SOURCES / lock, current)
        return target

    def find_engine(self):
        candidates = sorted(self.packages.glob(self.engine_pattern))
        for candidate in candidates:
            try:
                version = first_line(candidate, "--version")
            except Unavailable:
                continue  # for another C library
            self.about = self.about_engine.format(engine=version, undici=self.package_version("undici"))
            return str(candidate)
        raise Unavailable(f"npm has no engine for {platform.machine()}: {self.engine_pattern}")

    def package_version(self, name):
        return json.loads((self.packages / "node_modules" / name / "package.json").read_text())["version"]

    def prepare(self, gateway_port, platform_port):
        environment = self.environment(GATEWAY_URL=f"ws://127.0.0.1:{gateway_port}",
                                       PLATFORM_URL=f"ws://127.0.0.1:{platform_port}",
                                       WORKSPACE_ROOT=str(self.folder / "workspace"))
        return [self.engine, str(self.packages / "relay.mjs")], environment


class Undici(Script):
    """What the plugin runs on."""

    title = "undici"
    about_engine = "undici: {undici} on Node {engine}"
    engine_pattern = "node_modules/node-linux-*/bin/node"


class Bun(Script):
    """The fastest of the JavaScript engines at this."""

    title = "Bun"
    about_engine = "Bun: {engine}, with its own WebSocket"
    engine_pattern = "node_modules/@oven/bun-*/bin/bun"


class Copy(Peer):
    """The limit: bytes from socket to socket."""

    title = "copy"
    unframed = True
    serves_workspace = False

    def __init__(self, build_dir, folder):
        super().__init__(build_dir, folder)
        self.program = built_program(build_dir, "bare-copy")
        self.about = "copy: bytes from socket to socket, knowing no frames"

    def prepare(self, gateway_port, platform_port):
        return [self.program, str(gateway_port), str(platform_port)], self.environment()


PEERS = {"gangway": Gangway, "undici": Undici, "bun": Bun, "copy": Copy}
