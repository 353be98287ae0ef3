// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What is set for an account, for a person to read, with the command or the line of gangway.conf that changes it.

import {displayable, gettext as _} from './text.js';

const KEY_WORDS = {
    available: () => _('Available'),
    missing: () => _('Missing'),
    locked: () => _('Locked away in the keyring'),
};

const WORKSPACE_WORDS = {
    'read-write': () => _('May be read and written'),
    'read-only': () => _('May be read'),
    'none': () => _('May not be used'),
};

const wordsFor = (table, value) => table[value]?.() ?? displayable(value);

/**
 * @param {object} account - an account, with the properties of dev.gangway.Relay1.Session
 * @returns {{title: string, value: string, change: string}[]} each thing that is set, how, and what to run, or to edit
 */
export function accountFacts(account) {
    const {AccountId: id, KeyStatus: key, PlatformUrl: url, WorkspaceAccess: access} = account;
    const allowed = account.AllowMethods.join(';');
    const denied = account.DenyMethods.join(';');

    return [
        {title: _('Platform'), value: displayable(url) || _('Not set'), change: `platform-url=${url}`},
        {title: _('Key'), value: wordsFor(KEY_WORDS, key), change: `gangway pair URL --account ${id}`},
        {title: _('Agents’ Files'), value: wordsFor(WORKSPACE_WORDS, access), change: `workspace-access=${access}`},
        {title: _('Methods Allowed'), value: allowed === '*' ? _('All') : displayable(allowed), change: `allow-methods=${allowed}`},
        {title: _('Methods Denied'), value: displayable(denied) || _('None'), change: `deny-methods=${denied}`},
    ];
}

/**
 * @param {object} account - an account
 * @returns {string} its state, without times
 */
export function accountState(account) {
    const words = {
        connected: _('Connected'),
        connecting: _('Connecting…'),
        retrying: _('Not connected, tries again'),
        disconnected: account.LastErrorCode ? _('Waiting for a correction') : _('Stopped'),
    };

    return words[account.State] ?? displayable(account.State);
}
