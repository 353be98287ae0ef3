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
    const {AccountId: id, KeyStatus: key, WorkspaceAccess: access} = account;
    const [url, allowed, denied] = [account.PlatformUrl, account.AllowMethods.join(';'), account.DenyMethods.join(';')]
        .map(displayable);

    return [
        {title: _('Platform'), value: url || _('Not set'), change: `platform-url=${url}`},
        {title: _('Key'), value: wordsFor(KEY_WORDS, key), change: `gangway pair URL --account ${id}`},
        {title: _('Agents’ Files'), value: wordsFor(WORKSPACE_WORDS, access), change: `workspace-access=${displayable(access)}`},
        {title: _('Methods Allowed'), value: allowed === '*' ? _('All') : allowed, change: `allow-methods=${allowed}`},
        {title: _('Methods Denied'), value: denied || _('None'), change: `deny-methods=${denied}`},
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
