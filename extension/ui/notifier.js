// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import * as Main from 'resource:///org/gnome/shell/ui/main.js';
import * as MessageTray from 'resource:///org/gnome/shell/ui/messageTray.js';
import {gettext as _} from 'resource:///org/gnome/shell/extensions/extension.js';

import {displayable, fill} from '../lib/text.js';
import {errorSentence, platformHost} from '../lib/words.js';

/** Notifications: one for each account at most, that of the last change. */
export class Notifier {
    #model;
    #settings;
    #actions;
    #icons;
    #source = null;
    #notifications = new Map();
    #troubled = new Set();

    /**
     * @param {Model} model - what has news
     * @param {Gio.Settings} settings - which of them are wanted
     * @param {Actions} actions - what can be done
     * @param {Icons} icons - the icons
     */
    constructor(model, settings, actions, icons) {
        this.#model = model;
        this.#settings = settings;
        this.#actions = actions;
        this.#icons = icons;
        this.#model.connectObject('news', (_model, kind, account) => this.#onNews(kind, account), this);
    }

    /** Takes all of them away. */
    destroy() {
        this.#model.disconnectObject(this);
        this.#source?.destroy();
    }

    #onNews(kind, account) {
        const id = account.AccountId;
        const wasTold = this.#troubled.delete(id);

        this.#notifications.get(id)?.destroy();
        if (kind === 'lost' && this.#settings.get_boolean('notify-lost'))
            this.#tell(id, _('Connection Lost'), this.#lostWords(account), 'gangway-retrying-symbolic', true);
        else if (kind === 'blocked' && this.#settings.get_boolean('notify-blocked'))
            this.#tell(id, errorSentence(account), this.#blockedWords(account), 'gangway-attention-symbolic', true);
        else if (kind === 'restored' && wasTold)
            this.#tell(id, _('Connected Again'), this.#restoredWords(account), 'gangway-connected-symbolic', false);
    }

    #lostWords(account) {
        if (!this.#model.isRunning)
            return fill(_('Account “%s” is not connected: the Gangway service ended.'), displayable(account.AccountId));

        return fill(_('Account “%s” has not reached %s for a minute. Gangway keeps trying.'),
            displayable(account.AccountId), platformHost(account));
    }

    #blockedWords(account) {
        return fill(_('Account “%s” waits for you; “gangway status” says what to do.'), displayable(account.AccountId));
    }

    #restoredWords(account) {
        return fill(_('Account “%s” has reached %s.'), displayable(account.AccountId), platformHost(account));
    }

    #tell(id, title, body, iconName, isTrouble) {
        const source = this.#getSource();
        const notification = new MessageTray.Notification({
            source, title, body, gicon: this.#icons.get(iconName), isTransient: !isTrouble,
        });

        if (isTrouble) {
            notification.addAction(_('Try Again'), () => this.#tryAgain(id));
            this.#troubled.add(id);
        }
        notification.connect('activated', () => this.#actions.openPreferences());
        notification.connect('destroy', () => this.#notifications.delete(id));
        this.#notifications.set(id, notification);
        source.addNotification(notification);
    }

    #tryAgain(id) {
        if (this.#model.isRunning)
            this.#actions.call(id, 'Restart');
        else
            this.#actions.startService();
    }

    // The shell destroys a source with its last notification.
    #getSource() {
        if (this.#source)
            return this.#source;

        this.#source = new MessageTray.Source({title: 'Gangway', icon: this.#icons.get('gangway-connected-symbolic')});
        this.#source.connect('destroy', () => {
            this.#source = null;
        });
        Main.messageTray.add(this.#source);
        return this.#source;
    }
}
