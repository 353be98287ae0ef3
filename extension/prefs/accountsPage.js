// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Adw from 'gi://Adw';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';

import {gettext as _} from 'resource:///org/gnome/Shell/Extensions/js/extensions/prefs.js';

import {accountFacts, accountState} from '../lib/facts.js';
import {displayable, fill} from '../lib/text.js';
import {FactRow} from './factRow.js';

function withTilde(path) {
    const home = `${GLib.get_home_dir()}/`;

    return path.startsWith(home) ? `~/${path.slice(home.length)}` : path;
}

/** The accounts as the service has them. What is set is shown, not changed: that is done in gangway.conf. */
export const AccountsPage = GObject.registerClass(
class GangwayAccountsPage extends Adw.PreferencesPage {
    #client;
    #groups = [];
    #shown = null;

    /**
     * @param {Client} client - the service
     */
    constructor(client) {
        super({title: _('Accounts'), icon_name: 'network-transmit-receive-symbolic'});

        this.#client = client;
        client.connect('changed', () => this.#sync());
        this.#sync();
    }

    // What is on show is made anew only if it says something else, so that it keeps its place and focus.
    #sync() {
        const groups = this.#describe();
        const shown = JSON.stringify(groups);

        if (shown === this.#shown)
            return;

        this.#shown = shown;
        this.#groups.forEach(group => this.remove(group));
        this.#groups = groups.map(group => this.#addGroup(group));
    }

    #describe() {
        const {isRunning, accounts, manager} = this.#client;
        const file = withTilde(displayable(manager.ConfigFile));

        if (!isRunning)
            return [{title: _('Not Running'), description: _('While the Gangway service runs, its accounts are here.')}];
        if (accounts.length === 0)
            return [{title: _('No Account'), description: _('“gangway pair URL” in a terminal sets one up.')}];

        return accounts.map(account => ({
            title: account.AccountId,
            description: fill(_('%1$s. Lines are changed in the group [account %2$s] of %3$s, and apply as soon as they are saved.'),
                accountState(account), account.AccountId, file),
            facts: accountFacts(account),
        }));
    }

    #addGroup({title, description, facts = []}) {
        const escape = text => GLib.markup_escape_text(text, -1);
        const group = new Adw.PreferencesGroup({title: escape(title), description: escape(description)});

        facts.forEach(fact => group.add(new FactRow(fact)));
        this.add(group);
        return group;
    }
});
