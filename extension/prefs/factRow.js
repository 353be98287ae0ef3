// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Adw from 'gi://Adw';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import Pango from 'gi://Pango';

import {gettext as _} from 'resource:///org/gnome/Shell/Extensions/js/extensions/prefs.js';

import {displayable} from '../lib/text.js';

/** What is set, with what changes it, ready to be copied. */
export const FactRow = GObject.registerClass(
class GangwayFactRow extends Adw.ActionRow {
    /**
     * @param {object} fact - what lib/facts.js tells
     * @param {string} fact.title - what it is
     * @param {string} fact.value - how it is set
     * @param {string} fact.change - what changes it
     */
    constructor({title, value, change}) {
        super({title, subtitle: value, use_markup: false, subtitle_selectable: true, css_classes: ['property']});

        const label = new Gtk.Label({
            label: displayable(change),
            ellipsize: Pango.EllipsizeMode.END,
            css_classes: ['monospace', 'dim-label'],
        });
        const button = new Gtk.Button({
            icon_name: 'edit-copy-symbolic',
            tooltip_text: _('Copy'),
            valign: Gtk.Align.CENTER,
            css_classes: ['flat'],
        });

        button.connect('clicked', () => this.get_clipboard().set(change));
        this.add_suffix(label);
        this.add_suffix(button);
    }
});
