// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import GObject from 'gi://GObject';

import * as PopupMenu from 'resource:///org/gnome/shell/ui/popupMenu.js';
import {gettext as _} from 'resource:///org/gnome/shell/extensions/extension.js';

import {accountLook, iconName} from '../lib/summary.js';
import {displayable} from '../lib/text.js';
import {errorMessage, errorSentence, platformHost, stateWords} from '../lib/words.js';
import {Lines} from './lines.js';

/** An account in the menu: how it is, and below, what can be done with it. */
export const AccountItem = GObject.registerClass(
class GangwayAccountItem extends PopupMenu.PopupSubMenuMenuItem {
    #icons;
    #look = null;

    /**
     * @param {string} accountId - the account
     * @param {Actions} actions - what can be done
     * @param {Icons} icons - the icons
     */
    constructor(accountId, actions, icons) {
        super(displayable(accountId), true);

        this.#icons = icons;

        const lines = this.#takeLabelIntoLines();

        this._host = lines.add({isSmall: true, isDim: true});
        this._state = lines.add({isSmall: true});
        this._error = lines.add({isSmall: true});
        this._message = lines.add({isSmall: true, isDim: true});

        this._reconnect = this.menu.addAction(_('Reconnect Now'), () => actions.call(accountId, 'Reconnect'));
        this._restart = this.menu.addAction(_('Restart'), () => actions.call(accountId, 'Restart'));
        this._start = this.menu.addAction(_('Start'), () => actions.call(accountId, 'Start'));
        this._stop = this.menu.addAction(_('Stop'), () => actions.call(accountId, 'Stop'));
    }

    /**
     * @param {object} account - the account as it is now
     * @param {number} nowMs - the time
     */
    update(account, nowMs) {
        this.#showLook(accountLook(account));
        this._host.text = platformHost(account);
        this._state.text = stateWords(account, nowMs);
        this._error.text = errorSentence(account);
        this._message.text = errorMessage(account);
        this.accessible_name = [this.label, this._host, this._state, this._error].map(({text}) => text).filter(text => text)
            .join(', ');

        this._reconnect.visible = account.State === 'retrying';
        this._restart.visible = ['connecting', 'connected'].includes(account.State);
        this._start.visible = account.State === 'disconnected';
        this._stop.visible = account.State !== 'disconnected';
    }

    // The label that the base class made is the first of the lines.
    #takeLabelIntoLines() {
        const lines = new Lines();

        this.insert_child_above(lines, this.label);
        this.remove_child(this.label);
        this.label.add_style_class_name('gangway-title');
        lines.add_child(this.label);
        return lines;
    }

    #showLook(look) {
        if (look !== this.#look)
            this.icon.gicon = this.#icons.get(iconName(look));
        this.#look = look;
    }
});
