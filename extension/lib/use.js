// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the platform does with the workspace, from the Activity signals. They come when something was done, so what is done
// right now is what was done a moment ago.

import GLib from 'gi://GLib';

import {displayable, fill, gettext as _} from './text.js';
import {duration} from './words.js';

const ACTIVE_MS = 5000;

/** The last use of the workspace. */
export class WorkspaceUse {
    #last = null;

    /**
     * @param {object} activity - an Activity signal: kind, method, detail and outcome
     * @param {number} nowMs - the time
     */
    note({kind, method, detail, outcome}, nowMs) {
        if (kind === 'workspace')
            this.#last = {method, name: this.#nameOf(detail), outcome, atMs: nowMs};
    }

    /**
     * @param {number} nowMs - the time
     * @returns {boolean} whether the workspace is being used
     */
    isActive(nowMs) {
        return this.#last !== null && nowMs < this.#last.atMs + ACTIVE_MS;
    }

    /**
     * @param {number} nowMs - the time
     * @returns {number} when isActive() changes by itself; Infinity if it does not
     */
    nextChange(nowMs) {
        return this.isActive(nowMs) ? this.#last.atMs + ACTIVE_MS : Infinity;
    }

    /**
     * @param {number} nowMs - the time
     * @returns {string} what is being done, or was done last
     */
    words(nowMs) {
        if (this.#last === null)
            return _('The platform has not used your files');

        return this.isActive(nowMs) ? this.#presentWords() : this.#pastWords(nowMs);
    }

    #nameOf(path) {
        return path === '' || path === '.' ? _('the whole workspace') : displayable(GLib.path_get_basename(path));
    }

    #presentWords() {
        const {method, name, outcome} = this.#last;

        if (outcome === 'denied')
            return fill(_('The platform was denied %s'), name);
        if (method === 'workspace.write')
            return fill(_('The platform is writing %s'), name);
        return method === 'workspace.read'
            ? fill(_('The platform is reading %s'), name) : fill(_('The platform is listing %s'), name);
    }

    #pastWords(nowMs) {
        const {method, name, outcome, atMs} = this.#last;
        const ago = duration(nowMs - atMs);

        if (outcome === 'denied')
            return fill(_('The platform was denied %s, %s ago'), name, ago);
        if (method === 'workspace.write')
            return fill(_('The platform wrote %s, %s ago'), name, ago);
        return method === 'workspace.read'
            ? fill(_('The platform read %s, %s ago'), name, ago) : fill(_('The platform listed %s, %s ago'), name, ago);
    }
}
