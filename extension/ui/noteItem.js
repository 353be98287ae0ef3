// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import GObject from 'gi://GObject';
import St from 'gi://St';

import * as PopupMenu from 'resource:///org/gnome/shell/ui/popupMenu.js';

import {displayable} from '../lib/text.js';
import {Lines} from './lines.js';

const DIM_OPACITY = 170;

/** A text in the menu that nothing can be done with. */
export const NoteItem = GObject.registerClass(
class GangwayNoteItem extends PopupMenu.PopupBaseMenuItem {
    /**
     * @param {Gio.Icon} [icon] - what stands before it
     */
    constructor(icon) {
        // Not one that is insensitive, whose colour says that something cannot be done now.
        super({activate: false, hover: false, can_focus: false});
        this.track_hover = false;

        const lines = new Lines();

        this._icon = icon ? new St.Icon({gicon: icon, style_class: 'popup-menu-icon'}) : null;
        if (icon)
            this.add_child(this._icon);
        this.add_child(lines);
        this.label = lines.add();
        this._detail = lines.add({isSmall: true, isDim: true});
        this.label_actor = this.label;
    }

    /**
     * @param {string} text - the text
     * @param {string} [detail] - what the service said of it
     */
    showText(text, detail = '') {
        this.label.text = text;
        this._detail.text = displayable(detail);
        this.show();
    }

    /**
     * Only for one with an icon.
     *
     * @param {boolean} isLit - whether it is about something that goes on right now
     */
    setLit(isLit) {
        if (isLit)
            this._icon.add_style_class_name('gangway-lit');
        else
            this._icon.remove_style_class_name('gangway-lit');
        this.opacity = isLit ? 255 : DIM_OPACITY;
    }
});
