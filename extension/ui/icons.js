// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Gio from 'gi://Gio';

/** The extension's own icons, drawn in the colour of the text around them. */
export class Icons {
    #folder;

    /**
     * @param {Gio.File} folder - the extension's folder
     */
    constructor(folder) {
        this.#folder = folder.resolve_relative_path('icons/hicolor/scalable/status');
    }

    /**
     * @param {string} name - the name of an icon
     * @returns {Gio.Icon} the icon
     */
    get(name) {
        return new Gio.FileIcon({file: this.#folder.get_child(`${name}.svg`)});
    }
}
