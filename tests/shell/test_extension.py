#!/usr/bin/env python3
# SPDX-FileCopyrightText: the Gangway authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests the extension in a running GNOME Shell, with the real service. Run by tests/shell/session, in its folder of results.

Usage: test_extension.py [TEST…]     the tests' names, as test_connected; default all

What is seen is left in pictures. Last line: N passed, N failed.
"""

import re
import shutil
import sys
import tempfile
import time
import unittest
from pathlib import Path

from gi.repository import Gio, GLib

from gnome_shell import FRAME_S, WAIT_S, GnomeShell
from stage import Stage

UUID = "gangway@gangway.dev"
FAKES = "/build/tests/fakes"
RESULTS = Path.cwd()
SCREEN = (1280, 720)
QUICK_SETTINGS_X = 860
NOTIFICATION = (330, 0, 620, 160)
LOST_AFTER_S = 60

# What an extension must not cause.
COMPLAINT = re.compile("WARNING|CRITICAL|JS ERROR|gangway", re.IGNORECASE)
# What the shell says of itself: of services that the rig has not, and of its own libraries.
NO_COMPLAINT = re.compile("Error fetching user unit for own pid|accountsservice-WARNING|Falling back to slow path")


def complaints(lines):
    return [line for line in lines if COMPLAINT.search(line) and not NO_COMPLAINT.search(line)]


class ExtensionTest(unittest.TestCase):
    """The extension is enabled and the service does not run when a test begins."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.shell = GnomeShell(RESULTS / "gnome-shell.log")

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.stage = Stage(self.folder, FAKES)
        self.addCleanup(self.stage.close)
        self.platform = self.stage.add_platform()
        self.log_start = self.shell.log_size()
        self.shell.set_enabled(UUID, True)

    def tearDown(self):
        shell = self.shell
        shell.evaluate("void quick.menu.close()")
        shell.set_enabled(UUID, False)
        self.assertEqual(complaints(shell.log_since(self.log_start)), [], "the shell's log")

    # --- What the tests do and see ---

    def start(self, *lines, delay=1):
        """Runs the service with one account."""
        self.stage.configure({"platform": self.stage.account(self.platform, *lines)}, delay)
        self.stage.start()

    def open(self):
        """Opens the menu as a person does."""
        if not self.shell.evaluate("quick.menu.isOpen"):
            self.shell.click("quick")
        self.shell.wait("quick.menu.isOpen && toggle.mapped")
        self.shell.click("toggle._menuButton")
        self.shell.wait("toggle.menu.isOpen")

    def choose(self, text):
        self.shell.wait(f"withText('{text}', toggle.menu.actor)")
        self.shell.click(f"withText('{text}', toggle.menu.actor)")

    def sees(self, look, subtitle):
        """Waits for a state's icon, and for words that match."""
        self.shell.wait(f"toggle.gicon.file.get_basename() === 'gangway-{look}-symbolic.svg' && "
                        f"/^{subtitle}$/.test(toggle.subtitle)")

    def sees_line(self, pattern):
        """Waits for a line in the menu that matches."""
        self.shell.wait(f"textsOf(toggle.menu.actor).some(text => /{pattern}/.test(text))")

    def sees_in_panel(self, attention=False, use=False):
        self.shell.wait(f"indicator._attention.mapped === {str(attention).lower()} && "
                        f"indicator._use.mapped === {str(use).lower()}")

    def notifications(self):
        return self.shell.evaluate("Main.messageTray.getSources().filter(source => source.title === 'Gangway')"
                                   ".flatMap(source => source.notifications.map(one => one.title))")

    def picture(self, name, area=None, unlike=b""):
        """Leaves a picture, of the quick settings unless told otherwise."""
        self.shell.move_pointer_away()
        if area is None:
            bottom = self.shell.evaluate("quick.menu.box.get_transformed_position()[1] + quick.menu.box.height")
            area = (QUICK_SETTINGS_X, 0, SCREEN[0] - QUICK_SETTINGS_X, min(int(bottom) + 16, SCREEN[1]))
        return self.shell.screenshot(RESULTS / f"{name}.png", area, unlike)


class StateTest(ExtensionTest):
    def test_absent(self):
        self.open()
        self.sees("absent", "Not running")
        self.sees_line("service is not running")
        self.sees_in_panel()
        self.assertFalse(self.stage.is_running(), "enabling the extension must not start the service")
        self.assertFalse(self.shell.evaluate("toggle.checked"))
        self.picture("absent")

    def test_connected(self):
        self.start()
        self.open()
        self.sees("connected", "Connected")
        self.sees_line("^platform.example$")
        self.sees_in_panel()
        self.assertTrue(self.shell.evaluate("toggle.checked"))
        self.picture("connected")
        self.assertEqual(self.notifications(), [])

    def test_connecting(self):
        self.stage.gateway.tell("mode silent")
        self.start()
        self.open()
        self.sees("connecting", "Connecting…")
        self.picture("connecting")

    def test_retrying_and_reconnect(self):
        self.platform.tell("refuse on")
        self.start(delay=60)
        self.open()
        self.sees("retrying", "Retrying in \\d+ s")
        self.sees_line("^The platform cannot be reached$")
        self.picture("retrying")
        before = self.shell.evaluate("parseInt(toggle.subtitle.match(/\\d+/)[0])")
        self.shell.wait(f"parseInt(toggle.subtitle.match(/\\d+/)[0]) <= {before - 2}")
        self.assertTrue(self.shell.evaluate("textsOf(toggle.menu.actor).includes(toggle.subtitle)"), "both count")
        self.platform.tell("refuse off")
        self.choose("Reconnect Now")
        self.sees("connected", "Connected")

    def test_key_refused(self):
        self.start()
        self.stage.wait("platform", State="connected")
        self.open()
        self.sees("connected", "Connected")
        self.platform.tell("refuse 401 Unauthorized")
        self.choose("Restart")
        self.sees("attention", "Key refused")
        self.shell.evaluate("void quick.menu.close()")
        self.sees_in_panel(attention=True)
        self.assertEqual(self.notifications(), ["The platform refused the key"])
        self.shell.wait("Main.messageTray._banner")
        self.picture("key-refused-notification", NOTIFICATION)
        self.shell.wait("!Main.messageTray._banner")
        self.open()
        self.sees_line("^Retrying in \\d+ s$")
        self.sees_line("^The platform refused the key$")
        self.picture("key-refused")
        self.platform.tell("refuse off")
        self.stage.reconnect()
        self.sees("connected", "Connected")
        self.sees_in_panel()
        self.assertEqual(self.notifications(), ["Connected Again"])

    def test_no_key(self):
        self.start()
        self.stage.wait("platform", State="connected")
        self.shell.wait("toggle.checked")
        self.stage.configure({"platform": f"platform-url={self.platform.url}"})
        self.open()
        self.sees("attention", "No key")
        self.sees_line("no platform-key for account")
        self.sees_in_panel(attention=True)
        self.assertEqual(self.notifications(), ["There is no key for the platform"])
        self.picture("no-key")

    def test_mistake_in_settings(self):
        self.start()
        self.stage.wait("platform", State="connected")
        with self.stage.config.open("a", encoding="utf-8") as config:
            config.write("platform-url\n")
        self.open()
        self.sees("attention", "Mistake in settings")
        self.sees_line("not in force")
        self.sees_in_panel(attention=True)
        self.picture("mistake-in-settings")

    def test_two_accounts(self):
        other = self.stage.add_platform()
        other.tell("refuse on")
        self.stage.configure({"platform": self.stage.account(self.platform), "work": self.stage.account(other)}, delay=60)
        self.stage.start()
        self.stage.wait("platform", State="connected")
        self.open()
        self.sees("retrying", "Retrying in \\d+ s")
        self.choose("work")
        self.sees_line("Reconnect Now")
        self.picture("two-accounts")
        self.stage.configure({"platform": self.stage.account(self.platform)}, delay=60)
        self.sees("connected", "Connected")
        self.assertNotIn("work", self.shell.evaluate("textsOf(toggle.menu.actor)"))


class ControlTest(ExtensionTest):
    def test_stop_and_start(self):
        self.start()
        self.open()
        self.choose("Stop")
        self.sees("stopped", "Stopped")
        self.open()
        self.picture("stopped")
        self.choose("Start")
        self.sees("connected", "Connected")

    def test_toggle(self):
        self.start()
        self.stage.wait("platform", State="connected")
        self.shell.click("quick")
        self.shell.wait("quick.menu.isOpen && toggle.mapped")
        self.sees("connected", "Connected")
        self.shell.click("toggle")
        self.sees("stopped", "Stopped")
        self.assertFalse(self.shell.evaluate("toggle.checked"))
        self.shell.click("toggle")
        self.sees("connected", "Connected")

    def test_start_of_the_service(self):
        self.addCleanup(self.stage.end_any)
        self.open()
        self.choose("Start Gangway")
        self.sees("stopped", "No account")
        self.open()
        self.sees_line("gangway pair URL")
        self.picture("no-account")
        self.stage.end_any()
        self.sees("absent", "Not running")

    def test_audit_log(self):
        opened = RESULTS / "opened"
        applications = Path.home() / ".local/share/applications"
        applications.mkdir(parents=True, exist_ok=True)
        (applications / "editor.desktop").write_text(
            f"[Desktop Entry]\nType=Application\nName=Editor\nExec=sh -c 'echo \"$0\" > {opened}' %f\n"
            "MimeType=text/plain;application/json;application/octet-stream;application/x-ndjson;\n", encoding="utf-8")
        GLib.spawn_command_line_sync(f"update-desktop-database {applications}")
        self.start()
        self.stage.wait("platform", State="connected")
        audit = Path.home() / ".local/state/gangway/audit.jsonl"
        self.shell.wait(f"Gio.File.new_for_path('{audit}').query_exists(null)")
        self.open()
        self.choose("Audit Log")
        self.shell.wait(f"Gio.File.new_for_path('{opened}').query_exists(null)")
        self.shell.wait("!quick.menu.isOpen")
        self.assertEqual(opened.read_text(encoding="utf-8").strip(), str(audit))

    def test_use_of_the_workspace(self):
        self.start()
        self.stage.wait("platform", State="connected")
        self.open()
        self.sees_line("has not used your files")
        self.platform.request('workspace.read {"sessionKey":"agent:main:x","path":"notes.md"}')
        self.sees_line("^The platform is reading notes.md$")
        self.sees_in_panel(use=True)
        self.assertTrue(self.shell.evaluate("toggle._use._icon.has_style_class_name('gangway-lit')"))
        self.picture("workspace")
        self.platform.request('workspace.write {"sessionKey":"agent:main:x","path":"plan.md","content":"x"}')
        self.sees_line("^The platform is writing plan.md$")
        self.sees_line("^The platform wrote plan.md, \\d+ s ago$")
        self.sees_in_panel()
        self.assertFalse(self.shell.evaluate("toggle._use._icon.has_style_class_name('gangway-lit')"))


class LifeTest(ExtensionTest):
    def test_service_killed_and_back(self):
        self.start()
        self.open()
        self.sees("connected", "Connected")
        self.stage.end(sends_kill=True)
        self.sees("absent", "Not running")
        self.stage.start()
        self.sees("connected", "Connected")
        self.assertEqual(self.notifications(), [])

    def test_service_replaced(self):
        self.start()
        self.stage.wait("platform", State="connected")
        self.open()
        self.sees("connected", "Connected")
        replaced = self.stage.service
        self.stage.configure({"renamed": self.stage.account(self.platform)})
        self.stage.start("--replace")
        replaced.wait()
        self.sees_line("^renamed$")
        self.sees("connected", "Connected")
        self.assertNotIn("platform", self.shell.evaluate("textsOf(toggle.menu.actor)"))

    def test_lost_for_a_minute_and_restored(self):
        self.start()
        self.stage.wait("platform", State="connected")
        self.shell.wait("toggle.checked")
        self.platform.tell("refuse on")
        self.platform.tell("drop")
        self.stage.wait("platform", State="retrying")
        self.shell.wait("Main.messageTray.getSources().some(one => one.title === 'Gangway')", LOST_AFTER_S + 30)
        self.assertEqual(self.notifications(), ["Connection Lost"])
        self.sees_in_panel(attention=True)
        self.shell.wait("Main.messageTray._banner")
        self.picture("lost", NOTIFICATION)

        self.platform.tell("refuse off")
        self.stage.reconnect()
        self.sees("connected", "Connected")
        self.sees_in_panel()
        self.assertEqual(self.notifications(), ["Connected Again"])

    def leftovers(self):
        """What an extension could leave behind, counted."""
        rules = self.stage.bus.call_sync(
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.Debug.Stats", "GetConnectionStats",
            GLib.Variant("(s)", ("org.gnome.Shell",)), None, Gio.DBusCallFlags.NONE, -1, None).unpack()[0]["MatchRules"]
        return {"match rules": rules, **self.shell.evaluate("""({
            actors: [quick, quick.menu.actor, Main.messageTray].flatMap(root => findActors(root, () => true)).length,
            indicators: quick._indicators.get_n_children(),
            items: quick.menu._grid.get_n_children(),
            sources: Main.messageTray.getSources().length,
            sheets: St.ThemeContext.get_for_stage(global.stage).get_theme().get_custom_stylesheets().length,
        })""")}

    def enable_and_disable(self):
        self.shell.set_enabled(UUID, True)
        self.sees("attention", "Key refused")
        self.shell.set_enabled(UUID, False)
        self.shell.evaluate("imports.system.gc()")

    def test_enabled_twenty_times(self):
        self.platform.tell("refuse 401 Unauthorized")
        self.start()
        self.stage.wait("platform", State="retrying")
        # The first time the shell itself may make what it keeps.
        self.enable_and_disable()
        before = self.leftovers()
        for _ in range(20):
            self.enable_and_disable()
        # What was let go of is gone as soon as the bus has heard of it.
        end = time.monotonic() + WAIT_S
        while any(count > before[what] for what, count in self.leftovers().items()) and time.monotonic() < end:
            time.sleep(FRAME_S)
        after = self.leftovers()
        self.assertTrue(all(count <= before[what] for what, count in after.items()), f"{after}, {before} before")


class PreferencesTest(ExtensionTest):
    def prefer(self, key, value):
        settings = f"Main.extensionManager.lookup('{UUID}').stateObj.getSettings()"
        self.shell.evaluate(f"void {settings}.set_boolean('{key}', {value})")

    def test_settings(self):
        for key in ("notify-blocked", "indicate-attention"):
            self.prefer(key, "false")
            self.addCleanup(self.prefer, key, "true")
        self.start()
        self.stage.wait("platform", State="connected")
        self.shell.wait("toggle.checked")
        self.platform.tell("refuse 401 Unauthorized")
        self.platform.tell("drop")
        self.sees("attention", "Key refused")
        self.sees_in_panel()
        self.assertEqual(self.notifications(), [])
        self.prefer("indicate-attention", "true")
        self.sees_in_panel(attention=True)

    def test_archive(self):
        GLib.spawn_command_line_sync(f"gnome-extensions install --force /build/extension/{UUID}.shell-extension.zip")
        installed = Path.home() / ".local/share/gnome-shell/extensions" / UUID
        self.addCleanup(shutil.rmtree, installed)
        missing = [name for name in ("extension.js", "prefs.js", "lib/interfaces.js", "schemas/gschemas.compiled",
                                     "icons/hicolor/scalable/status/gangway-connected-symbolic.svg")
                   if not (installed / name).exists()]
        self.assertEqual(missing, [])

    def test_preferences(self):
        log = RESULTS / "session-bus.log"
        start = log.stat().st_size
        self.start("workspace-access=read-only", "deny-methods=config.*;exec.*")
        self.stage.wait("platform", State="connected")
        self.open()
        self.choose("Gangway Settings")
        self.shell.wait("global.get_window_actors().some(one => one.meta_window.title === 'Gangway')")
        self.shell.wait("global.display.focus_window?.title === 'Gangway'")
        window = self.shell.evaluate("(r => [r.x, r.y, r.width, r.height])(global.display.focus_window.get_frame_rect())")
        general = self.picture("preferences", tuple(window))
        self.shell.click_at(window[0] + 380, window[1] + 22)
        self.picture("preferences-accounts", tuple(window), unlike=general)
        self.shell.evaluate("global.display.focus_window.delete(global.display.get_current_time_roundtrip())")
        self.shell.wait("global.get_window_actors().length === 0")
        said = log.read_bytes()[start:].decode(errors="replace").splitlines()
        self.assertEqual(complaints(line for line in said if line.startswith("(org.gnome.Shell.Extensions")), [])


def main():
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*.{name}" for name in sys.argv[1:]] or None
    result = unittest.TextTestRunner(verbosity=2).run(loader.loadTestsFromModule(sys.modules[__name__]))
    failed = len({test.id() for test, _ in [*result.failures, *result.errors]})
    print(f"{max(result.testsRun - failed, 0)} passed, {failed} failed")
    return 0 if result.testsRun and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
