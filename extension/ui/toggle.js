// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import GLib from 'gi://GLib';
import GObject from 'gi://GObject';

import * as Main from 'resource:///org/gnome/shell/ui/main.js';
import * as PopupMenu from 'resource:///org/gnome/shell/ui/popupMenu.js';
import {QuickMenuToggle} from 'resource:///org/gnome/shell/ui/quickSettings.js';
import {gettext as _} from 'resource:///org/gnome/shell/extensions/extension.js';

import {iconName} from '../lib/summary.js';
import {AccountItem} from './accountItem.js';
import {NoteItem} from './noteItem.js';

/** The button in the quick settings, and its menu. */
export const Toggle = GObject.registerClass(
class GangwayToggle extends QuickMenuToggle {
    #model;
    #actions;
    #icons;
    #items = new Map();
    #look = null;
    #tickId = 0;

    /**
     * @param {Model} model - what to show
     * @param {Actions} actions - what can be done
     * @param {Icons} icons - the icons
     */
    constructor(model, actions, icons) {
        super({title: 'Gangway'});

        this.#model = model;
        this.#actions = actions;
        this.#icons = icons;
        this.#buildMenu();

        const {menu} = Main.panel.statusArea.quickSettings;

        model.connectObject('changed', () => this.#sync(), this);
        menu.connectObject('open-state-changed', (_menu, isOpen) => this.#setTicking(isOpen), this);
        this.menu.connect('open-state-changed', (_menu, isOpen) => this.#onMenuOpened(isOpen));
        this.connect('clicked', () => this.#onClicked());
        this.connect('destroy', () => this.#onDestroy());
        this.#sync();
    }

    #buildMenu() {
        this._note = new NoteItem();
        this._start = new PopupMenu.PopupMenuItem(_('Start Gangway'));
        this._start.connect('activate', () => this.#actions.startService());
        this._accounts = new PopupMenu.PopupMenuSection();
        this._use = new NoteItem(this.#icons.get('gangway-workspace-symbolic'));

        this.menu.addMenuItem(this._note);
        this.menu.addMenuItem(this._start);
        this.menu.addMenuItem(this._accounts);
        this.menu.addMenuItem(this._use);
        this.menu.addMenuItem(new PopupMenu.PopupSeparatorMenuItem());
        this.menu.addAction(_('Audit Log'), () => this.#actions.openAudit());
        this.menu.addAction(_('Gangway Settings'), () => this.#actions.openPreferences());
    }

    #sync() {
        const {look, subtitle, isOn} = this.#model.summary;

        if (look !== this.#look)
            this.gicon = this.#icons.get(iconName(look));
        this.#look = look;
        this.set({subtitle, checked: isOn});
        this.menu.setHeader(this.gicon, this.title, subtitle);

        this.#syncNote();
        this.#syncAccounts();
        this.#syncUse();
    }

    #syncNote() {
        const {isRunning, accounts, problem} = this.#model;

        this._start.visible = !isRunning;
        if (!isRunning)
            this._note.showText(_('The Gangway service is not running, so no platform can reach OpenClaw.'));
        else if (accounts.length === 0)
            this._note.showText(_('No account is set up. “gangway pair URL” in a terminal sets one up.'), problem);
        else if (problem)
            this._note.showText(_('gangway.conf is not in force as it is now.'), problem);
        else
            this._note.hide();
    }

    #syncAccounts() {
        const {accounts, nowMs} = this.#model;
        const ids = new Set(accounts.map(({AccountId}) => AccountId));

        for (const [id, item] of this.#items) {
            if (!ids.has(id)) {
                this.#items.delete(id);
                item.destroy();
            }
        }
        for (const [position, account] of accounts.entries())
            this.#itemOf(account.AccountId, position).update(account, nowMs);
    }

    #itemOf(id, position) {
        if (!this.#items.has(id)) {
            const item = new AccountItem(id, this.#actions, this.#icons);

            this.#items.set(id, item);
            this._accounts.addMenuItem(item, position);
        }

        return this.#items.get(id);
    }

    #syncUse() {
        const {use, nowMs} = this.#model;

        this._use.visible = this.#model.isRunning;
        this._use.showText(use.words(nowMs));
        this._use.setLit(use.isActive(nowMs));
    }

    #onClicked() {
        const {isRunning, summary} = this.#model;

        if (isRunning)
            this.#actions.callAll(summary.isOn ? 'Stop' : 'Start');
        else
            this.#actions.startService();
    }

    // With one account, what can be done with it is in sight at once.
    #onMenuOpened(isOpen) {
        if (isOpen && this.#items.size === 1)
            [...this.#items.values()].forEach(item => item.menu.open(false));
    }

    // The shell does not destroy a menu with its button.
    #onDestroy() {
        this.#setTicking(false);
        this.menu.destroy();
    }

    // Times pass only before somebody's eyes.
    #setTicking(isTicking) {
        if (this.#tickId)
            GLib.source_remove(this.#tickId);
        this.#tickId = 0;
        if (!isTicking)
            return;

        this.#sync();
        this.#tickId = GLib.timeout_add_seconds(GLib.PRIORITY_DEFAULT, 1, () => {
            this.#sync();
            return GLib.SOURCE_CONTINUE;
        });
    }
});
