// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Clutter from 'gi://Clutter';
import GObject from 'gi://GObject';
import Pango from 'gi://Pango';
import St from 'gi://St';

const DIM_OPACITY = 170;

/** Texts below each other, for a menu item. Each takes as many lines as it needs, and no room while it is empty. */
export const Lines = GObject.registerClass(
class GangwayLines extends St.BoxLayout {
    constructor() {
        super({
            style_class: 'gangway-lines',
            orientation: Clutter.Orientation.VERTICAL,
            x_expand: true,
            y_align: Clutter.ActorAlign.CENTER,
        });
    }

    /**
     * Adds a text.
     *
     * @param {object} [look] - how it looks
     * @param {boolean} [look.isSmall] - smaller than the others
     * @param {boolean} [look.isDim] - weaker than the others
     * @returns {St.Label} the text, empty
     */
    add({isSmall = false, isDim = false} = {}) {
        const label = new St.Label({
            style_class: isSmall ? 'gangway-small' : '',
            opacity: isDim ? DIM_OPACITY : 255,
            x_expand: true,
            visible: false,
        });

        label.clutter_text.set({line_wrap: true, line_wrap_mode: Pango.WrapMode.WORD_CHAR, ellipsize: Pango.EllipsizeMode.NONE});
        label.connect('notify::text', () => label.set({visible: label.text !== ''}));
        this.add_child(label);
        return label;
    }

    // The quick settings reserve the height that a menu has when no width is given. For texts that wrap, that is too little.
    vfunc_get_preferred_height(forWidth) {
        return super.vfunc_get_preferred_height(forWidth < 0 ? this.get_preferred_width(-1)[1] : forWidth);
    }
});
