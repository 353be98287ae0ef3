// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Gio from 'gi://Gio';

import {ExtensionPreferences} from 'resource:///org/gnome/Shell/Extensions/js/extensions/prefs.js';

import {Client} from './lib/client.js';
import {AccountsPage} from './prefs/accountsPage.js';
import {GeneralPage} from './prefs/generalPage.js';

export default class GangwayPreferences extends ExtensionPreferences {
    fillPreferencesWindow(window) {
        const client = new Client();

        window.add(new GeneralPage(this.getSettings()));
        window.add(new AccountsPage(client));
        window.connect('close-request', () => client.destroy());
        client.follow().catch(error => {
            if (!error.matches?.(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED))
                console.error(error);
        });
    }
}
