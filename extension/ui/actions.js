// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

import * as Main from 'resource:///org/gnome/shell/ui/main.js';
import {gettext as _} from 'resource:///org/gnome/shell/extensions/extension.js';

import {displayable} from '../lib/text.js';

Gio._promisify(Gio.AppInfo, 'launch_default_for_uri_async', 'launch_default_for_uri_finish');

/** What a person can do. Each begins something and returns; if it fails, the person is told. */
export class Actions {
    #extension;
    #client;

    /**
     * @param {Extension} extension - the extension
     * @param {Client} client - the service
     */
    constructor(extension, client) {
        this.#extension = extension;
        this.#client = client;
    }

    /**
     * @param {string} accountId - an account
     * @param {string} method - Reconnect, Restart, Start or Stop
     */
    call(accountId, method) {
        this.#client.call(accountId, method).catch(error => this.#tell(_('Gangway could not do that'), error));
    }

    /**
     * @param {string} method - Start or Stop, for all accounts
     */
    callAll(method) {
        this.#client.callAll(method).catch(error => this.#tell(_('Gangway could not do that'), error));
    }

    /** Starts the service. */
    startService() {
        this.#client.start().catch(error => this.#tell(_('Gangway could not be started'), error));
    }

    /** Opens the audit log. */
    openAudit() {
        const path = GLib.build_filenamev([GLib.get_user_state_dir(), 'gangway', 'audit.jsonl']);
        const context = global.create_app_launch_context(global.get_current_time(), -1);

        this.#leave();
        Gio.AppInfo.launch_default_for_uri_async(GLib.filename_to_uri(path, null), context, null)
            .catch(error => this.#tell(_('The audit log could not be opened'), error));
    }

    /** Opens the preferences. */
    openPreferences() {
        this.#leave();
        this.#extension.openPreferences();
    }

    #leave() {
        Main.overview.hide();
        Main.panel.closeQuickSettings();
    }

    #tell(title, error) {
        if (error.matches?.(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED))
            return;

        Gio.DBusError.strip_remote_error(error);
        Main.notifyError(title, displayable(error.message));
    }
}
