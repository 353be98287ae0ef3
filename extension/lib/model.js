// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import GLib from 'gi://GLib';
import GObject from 'gi://GObject';

import {Alerts} from './alerts.js';
import {summarize} from './summary.js';
import {WorkspaceUse} from './use.js';

/** All that is shown, in one place. Many changes of the service at once are one of the model. */
export const Model = GObject.registerClass({
    Signals: {
        // What is shown is to be drawn anew.
        'changed': {},
        // What is worth a notification: lost, blocked, restored or withdrawn, and the account.
        'news': {param_types: [GObject.TYPE_STRING, GObject.TYPE_JSOBJECT]},
    },
}, class Model extends GObject.Object {
    #client;
    #connections;
    #alerts = new Alerts();
    #use = new WorkspaceUse();
    #idleId = 0;
    #timeoutId = 0;

    /**
     * @param {Client} client - the service
     */
    constructor(client) {
        super();
        this.#client = client;
        this.#connections = [
            client.connect('changed', () => this.#queue()),
            client.connect('activity', (_client, kind, method, detail, outcome) => {
                this.#use.note({kind, method, detail, outcome}, this.nowMs);
                this.#queue();
            }),
        ];
    }

    /** The time, in milliseconds since the epoch. */
    get nowMs() {
        return GLib.get_real_time() / 1000;
    }

    /** Whether the service is there. */
    get isRunning() {
        return this.#client.isRunning;
    }

    /** Why gangway.conf, as it is now, is not in force; empty if it is. */
    get problem() {
        return this.isRunning ? this.#client.manager.ConfigProblem : '';
    }

    /** The accounts; none while the service is not there. */
    get accounts() {
        return this.isRunning ? this.#client.accounts : [];
    }

    /** What one icon and one line say: look, subtitle, isOn. */
    get summary() {
        return summarize({isRunning: this.isRunning, problem: this.problem, accounts: this.accounts}, this.nowMs);
    }

    /** Whether somebody should look at it. A service that nobody has set up yet does not call for that. */
    get needsAttention() {
        return this.#alerts.isTroubled || this.problem !== '' && this.accounts.length > 0;
    }

    /** What the platform does with the workspace. */
    get use() {
        return this.#use;
    }

    /** Ends all that is under way. Nothing is signalled from then on. */
    destroy() {
        this.#connections.forEach(id => this.#client.disconnect(id));
        this.#connections = [];
        if (this.#idleId)
            GLib.source_remove(this.#idleId);
        this.#idleId = 0;
        this.#clearTimeout();
    }

    #queue() {
        this.#idleId ||= GLib.idle_add(GLib.PRIORITY_DEFAULT_IDLE, () => {
            this.#idleId = 0;
            this.#update();
            return GLib.SOURCE_REMOVE;
        });
    }

    #update() {
        const nowMs = this.nowMs;
        const news = this.#alerts.update(this.isRunning, this.accounts, nowMs);

        this.#waitUntil(Math.min(this.#alerts.dueMs, this.#use.nextChange(nowMs)), nowMs);
        this.emit('changed');
        news.forEach(({kind, account}) => this.emit('news', kind, account));
    }

    #waitUntil(dueMs, nowMs) {
        this.#clearTimeout();
        if (dueMs === Infinity)
            return;

        this.#timeoutId = GLib.timeout_add(GLib.PRIORITY_DEFAULT, Math.ceil(Math.max(dueMs - nowMs, 0)), () => {
            this.#timeoutId = 0;
            this.#update();
            return GLib.SOURCE_REMOVE;
        });
    }

    #clearTimeout() {
        if (this.#timeoutId)
            GLib.source_remove(this.#timeoutId);
        this.#timeoutId = 0;
    }
});
