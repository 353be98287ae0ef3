// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import GObject from 'gi://GObject';

import {SystemIndicator} from 'resource:///org/gnome/shell/ui/quickSettings.js';
import {gettext as _} from 'resource:///org/gnome/shell/extensions/extension.js';

import {Toggle} from './toggle.js';

/** What is in the panel, only while there is something to see, and what is in the quick settings. */
export const Indicator = GObject.registerClass(
class GangwayIndicator extends SystemIndicator {
    #model;
    #settings;

    /**
     * @param {Model} model - what to show
     * @param {Gio.Settings} settings - when to show it
     * @param {Actions} actions - what can be done
     * @param {Icons} icons - the icons
     */
    constructor(model, settings, actions, icons) {
        super();

        this.#model = model;
        this.#settings = settings;

        this._attention = this._addIndicator();
        this._attention.set({gicon: icons.get('gangway-attention-symbolic'), accessible_name: _('Gangway needs you')});
        this._use = this._addIndicator();
        this._use.set({
            gicon: icons.get('gangway-workspace-symbolic'),
            accessible_name: _('The platform uses your files'),
        });
        this._use.add_style_class_name('privacy-indicator');
        this.quickSettingsItems.push(new Toggle(model, actions, icons));

        model.connectObject('changed', () => this.#sync(), this);
        settings.connectObject('changed', () => this.#sync(), this);
        this.connect('destroy', () => this.quickSettingsItems.forEach(item => item.destroy()));
        this.#sync();
    }

    #sync() {
        const {needsAttention, use, nowMs} = this.#model;

        this._attention.visible = needsAttention && this.#settings.get_boolean('indicate-attention');
        this._use.visible = use.isActive(nowMs) && this.#settings.get_boolean('indicate-use');
    }
});
