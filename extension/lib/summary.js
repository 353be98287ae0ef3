// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// All accounts together: what one icon and one line say of them.

import {fill, gettext as _, ngettext} from './text.js';
import {headline, isBlocked, isStopped} from './words.js';

// From what matters most to what matters least; each has an icon.
const LOOKS = ['attention', 'retrying', 'connecting', 'connected', 'stopped', 'absent'];

/**
 * @param {object} account - an account
 * @returns {string} which of LOOKS it has
 */
export function accountLook(account) {
    if (isBlocked(account) || account.State === 'disconnected' && !isStopped(account))
        return 'attention';

    return isStopped(account) ? 'stopped' : account.State;
}

/**
 * @param {string} look - one of LOOKS
 * @returns {string} the name of its icon
 */
export function iconName(look) {
    return `gangway-${look}-symbolic`;
}

function worstOf(accounts) {
    const rank = account => LOOKS.indexOf(accountLook(account));

    return accounts.reduce((worst, account) => rank(account) < rank(worst) ? account : worst);
}

function accountsWords(accounts, nowMs) {
    const worst = worstOf(accounts);
    const look = accountLook(worst);
    const troubled = accounts.filter(account => accountLook(account) === look).length;

    if (troubled < 2 || look === 'connected')
        return headline(worst, nowMs);
    if (look === 'attention')
        return fill(ngettext('%d account needs you', '%d accounts need you', troubled), troubled);
    return look === 'retrying'
        ? fill(ngettext('%d account retrying', '%d accounts retrying', troubled), troubled) : headline(worst, nowMs);
}

/**
 * @param {object} status - what there is
 * @param {boolean} status.isRunning - whether the service is there
 * @param {string} status.problem - the manager's ConfigProblem
 * @param {object[]} status.accounts - the accounts
 * @param {number} nowMs - the time
 * @returns {{look: string, subtitle: string, isOn: boolean}} how it looks, what it says, and whether there is something to stop
 */
export function summarize({isRunning, problem, accounts}, nowMs) {
    const isOn = accounts.some(account => account.State !== 'disconnected');

    if (!isRunning)
        return {look: 'absent', subtitle: _('Not running'), isOn};
    if (accounts.length === 0)
        return {look: 'stopped', subtitle: _('No account'), isOn};
    if (problem)
        return {look: 'attention', subtitle: _('Mistake in settings'), isOn};

    return {look: accountLook(worstOf(accounts)), subtitle: accountsWords(accounts, nowMs), isOn};
}
