// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Texts: their translations, and how foreign ones are shown. The extension's base class binds the domain; its own gettext()
// is not used in lib/, which also runs outside of the shell.

import Gettext from 'gettext';

export const {gettext, ngettext} = Gettext.domain('gangway');

// What has no shape of its own, or changes the direction of what stands around it.
const UNFIT = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const MAX_SHOWN = 300;

/**
 * Fills the `%s` and `%d` of a translated text in their order, or `%1$s`, `%2$d` … where a language needs another one.
 *
 * @param {string} text - a text with places to fill
 * @param {...(string|number)} values - what to fill them with
 * @returns {string} the whole text
 */
export function fill(text, ...values) {
    let next = 0;

    return text.replace(/%(?:(\d)\$)?[sd]/g, (_place, position) => `${values[position ? position - 1 : next++]}`);
}

/**
 * Makes a text that came from elsewhere fit to be shown: in one line, without invisible characters, not too long.
 *
 * @param {string} text - an error, a path, a name
 * @returns {string} the text to show
 */
export function displayable(text) {
    const characters = [...text.replace(UNFIT, '�')];

    return characters.length > MAX_SHOWN ? `${characters.slice(0, MAX_SHOWN - 1).join('')}…` : characters.join('');
}
