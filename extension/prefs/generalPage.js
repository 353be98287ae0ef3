// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Adw from 'gi://Adw';
import Gio from 'gi://Gio';
import GObject from 'gi://GObject';

import {gettext as _} from 'resource:///org/gnome/Shell/Extensions/js/extensions/prefs.js';

/** When Gangway makes itself noticed. */
export const GeneralPage = GObject.registerClass(
class GangwayGeneralPage extends Adw.PreferencesPage {
    /**
     * @param {Gio.Settings} settings - the extension's settings
     */
    constructor(settings) {
        super({title: _('General'), icon_name: 'preferences-system-symbolic'});

        const notifications = this.#addGroup(_('Notifications'), _('One for each real change.'));
        const panel = this.#addGroup(_('Panel'), _('There is an icon only while there is something to see.'));

        this.#addSwitch(notifications, settings, 'notify-lost', _('Connection Lost and Restored'),
            _('An account has not been connected for a minute'));
        this.#addSwitch(notifications, settings, 'notify-blocked', _('Something to Correct'),
            _('A key is refused, or a setting is wrong'));
        this.#addSwitch(panel, settings, 'indicate-attention', _('Needs Attention'),
            _('A connection is lost, or there is something to correct'));
        this.#addSwitch(panel, settings, 'indicate-use', _('Files in Use'),
            _('The platform reads or writes the agents’ files'));
    }

    #addGroup(title, description) {
        const group = new Adw.PreferencesGroup({title, description});

        this.add(group);
        return group;
    }

    #addSwitch(group, settings, key, title, subtitle) {
        const row = new Adw.SwitchRow({title, subtitle});

        settings.bind(key, row, 'active', Gio.SettingsBindFlags.DEFAULT);
        group.add(row);
    }
});
