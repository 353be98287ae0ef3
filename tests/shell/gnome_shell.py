# SPDX-FileCopyrightText: the Gangway authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""GNOME Shell, as a test sees and touches it: over the bus, in its unsafe mode."""

import json
import time

from gi.repository import Gio, GLib

WAIT_S = 30
FRAME_S = 0.05

# What is in the shell under these names for a test. A click is one of a pointer, so that it meets what is really there.
HELPERS = """
    for (const name of ['Clutter', 'Gio', 'GLib', 'St'])
        globalThis[name] = imports.gi[name];
    globalThis.quick = Main.panel.statusArea.quickSettings;
    globalThis.findActors = function (actor, predicate) {
        const found = predicate(actor) ? [actor] : [];
        return found.concat(...actor.get_children().map(child => findActors(child, predicate)));
    };
    globalThis.textsOf = actor => findActors(actor, a => a instanceof St.Label && a.mapped && a.text).map(a => a.text);
    globalThis.withText = function (text, root = global.stage) {
        const label = findActors(root, a => a instanceof St.Label && a.mapped && a.text === text).at(-1);
        if (!label)
            throw new Error(`nothing says “${text}”`);
        return label;
    };
    globalThis.pointer ??= global.stage.get_context().get_backend().get_default_seat()
        .create_virtual_device(Clutter.InputDeviceType.POINTER_DEVICE);
    globalThis.centreOf = function (actor) {
        const [x, y] = actor.get_transformed_position(), [width, height] = actor.get_transformed_size();
        return [x + width / 2, y + height / 2];
    };
    globalThis.isInReach = function (actor) {
        const there = global.stage.get_actor_at_pos(Clutter.PickMode.REACTIVE, ...centreOf(actor));
        return there !== global.stage && (there.contains(actor) || actor.contains(there));
    };
    globalThis.pointAt = (x, y) => pointer.notify_absolute_motion(GLib.get_monotonic_time(), x, y);
    Object.defineProperty(globalThis, 'toggle', {
        configurable: true,
        get: () => quick.menu._grid.get_children().find(item => item.title === 'Gangway'),
    });
    Object.defineProperty(globalThis, 'indicator', {
        configurable: true,
        get: () => quick._indicators.get_children().find(one => one.quickSettingsItems?.includes(toggle)),
    });
    globalThis.click = function () {
        for (const state of [Clutter.ButtonState.PRESSED, Clutter.ButtonState.RELEASED])
            pointer.notify_button(GLib.get_monotonic_time(), Clutter.BUTTON_PRIMARY, state);
    };
"""


class GnomeShell:
    """The running shell."""

    def __init__(self, log):
        self.log = log
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        self.wait("!Main.layoutManager._startingUp")
        self.evaluate("Main.overview.hide()")
        self.wait("!Main.overview.visible")
        self.evaluate(HELPERS)
        # The open padlock of the unsafe mode.
        self.evaluate("quick._unsafeMode?.hide()")

    def _call(self, path, interface, method, arguments):
        name = "org.gnome.Shell" if path == "/org/gnome/Shell" else interface
        return self.bus.call_sync(name, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, 60000, None).unpack()

    def evaluate(self, script):
        """The value of the last statement of a script; raises what the script throws."""
        try:
            succeeded, result = self._call("/org/gnome/Shell", "org.gnome.Shell", "Eval", GLib.Variant("(s)", (script,)))
        except GLib.Error as error:
            raise AssertionError(f"the shell does not answer: {error.message}") from error
        if not succeeded:
            raise AssertionError(f"{result} (in {script})")
        return json.loads(result) if result else None

    def wait(self, condition, seconds=WAIT_S):
        """Waits until a condition holds; one that throws does not hold yet."""
        end = time.monotonic() + seconds
        while True:
            try:
                last = self.evaluate(f"!!({condition})")
            except AssertionError as error:
                last = error
            if last is True:
                return
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds} s in vain for {condition} ({last})")
            time.sleep(0.05)

    def click(self, actor):
        """Clicks on an actor, an expression, with the pointer, as soon as it stands still and nothing is in front of it."""
        end = time.monotonic() + WAIT_S
        last = place = None
        while place is None or place != last or not self.evaluate(f"isInReach({actor})"):
            if time.monotonic() > end:
                raise AssertionError(f"cannot click on {actor}, at {place}")
            time.sleep(FRAME_S)
            last, place = place, self.evaluate(f"centreOf({actor})")
        self.click_at(*place)

    def click_at(self, x, y):
        # A device that is new does not move at once.
        self.wait(f"pointAt({x}, {y}), Math.hypot(global.get_pointer()[0] - {x}, global.get_pointer()[1] - {y}) < 2")
        self.evaluate("click()")

    def move_pointer_away(self):
        self.evaluate("pointAt(2, 700)")

    def screenshot(self, path, area, unlike=b""):
        """Takes a picture of an area, as soon as two in a row are the same and not like another one; returns it."""
        end = time.monotonic() + WAIT_S
        last = picture = None
        while picture is None or picture != last or picture == unlike:
            if time.monotonic() > end:
                raise AssertionError(f"what is seen in {path} does not come to rest")
            time.sleep(FRAME_S)
            succeeded, _ = self._call("/org/gnome/Shell/Screenshot", "org.gnome.Shell.Screenshot", "ScreenshotArea",
                                      GLib.Variant("(iiiibs)", (*area, False, str(path))))
            if not succeeded:
                raise AssertionError(f"no picture {path}")
            last, picture = picture, path.read_bytes()
        return picture

    def set_enabled(self, uuid, is_enabled):
        """Has the extension enabled or disabled, and waits until it is."""
        method, states = ("EnableExtension", "[1]") if is_enabled else ("DisableExtension", "[2, 6]")
        self._call("/org/gnome/Shell", "org.gnome.Shell.Extensions", method, GLib.Variant("(s)", (uuid,)))
        self.wait(f"{states}.includes(Main.extensionManager.lookup('{uuid}').state)")

    def log_size(self):
        return self.log.stat().st_size

    def log_since(self, size):
        with self.log.open(encoding="utf-8", errors="replace") as stream:
            stream.seek(size)
            return stream.read().splitlines()
