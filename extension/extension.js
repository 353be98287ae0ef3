// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Gio from 'gi://Gio';

import * as Main from 'resource:///org/gnome/shell/ui/main.js';
import {Extension} from 'resource:///org/gnome/shell/extensions/extension.js';

import {Client} from './lib/client.js';
import {Model} from './lib/model.js';
import {Actions} from './ui/actions.js';
import {Icons} from './ui/icons.js';
import {Indicator} from './ui/indicator.js';
import {Notifier} from './ui/notifier.js';

// The subtitle has to be read, “Retrying in 12 s”, so the button is as wide as two.
const COLUMNS = 2;

export default class GangwayExtension extends Extension {
    enable() {
        const icons = new Icons(this.dir);

        this._settings = this.getSettings();
        this._client = new Client();
        this._model = new Model(this._client);
        this._actions = new Actions(this, this._client);
        this._indicator = new Indicator(this._model, this._settings, this._actions, icons);
        this._notifier = new Notifier(this._model, this._settings, this._actions, icons);

        Main.panel.statusArea.quickSettings.addExternalIndicator(this._indicator, COLUMNS);
        this._client.follow().catch(error => {
            if (!error.matches?.(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED))
                this.getLogger().error(error, 'the session bus cannot be followed');
        });
    }

    disable() {
        this._notifier.destroy();
        this._indicator.destroy();
        this._model.destroy();
        this._client.destroy();
        this._notifier = this._indicator = this._actions = this._model = this._client = this._settings = null;
    }
}
