// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the bus says in codes and numbers, in words. An account is an object with the properties of
// dev.gangway.Relay1.Session under their own names; times are in milliseconds since the epoch.

import GLib from 'gi://GLib';

import {displayable, fill, gettext as _} from './text.js';

// Marks a text that is translated where it is used: modules are read before the domain is bound.
const N_ = text => text;

// For each LastErrorCode a sentence; and where waiting does not help, so that somebody has to act, the same in short.
const ERRORS = {
    'bad-settings': {short: N_('Settings wrong'), sentence: N_('A setting is missing or wrong')},
    'no-key': {short: N_('No key'), sentence: N_('There is no key for the platform')},
    'key-locked': {short: N_('Keyring locked'), sentence: N_('The key for the platform is locked away')},
    'url-changed': {short: N_('Address changed'), sentence: N_('The key belongs to another address of the platform')},
    'plaintext-refused': {short: N_('Not encrypted'), sentence: N_('The connection would not be encrypted')},
    'gateway-refused': {short: N_('OpenClaw refused'), sentence: N_('OpenClaw refused the connection')},
    'platform-refused': {short: N_('Key refused'), sentence: N_('The platform refused the key')},
    'tls-failed': {short: N_('Not trusted'), sentence: N_('The encrypted connection was not trusted')},
    'gateway-unreachable': {sentence: N_('OpenClaw cannot be reached')},
    'gateway-starting': {sentence: N_('OpenClaw is still starting')},
    'gateway-protocol': {sentence: N_('What answered does not speak like OpenClaw')},
    'gateway-closed': {sentence: N_('OpenClaw ended the connection')},
    'platform-unreachable': {sentence: N_('The platform cannot be reached')},
    'platform-protocol': {sentence: N_('What answered does not speak like a platform')},
    'platform-closed': {sentence: N_('The platform ended the connection')},
    'timeout': {sentence: N_('An answer did not come in time')},
    'link-dead': {sentence: N_('The connection went silent')},
    'stalled': {sentence: N_('One side stopped taking or sending data')},
    'too-large': {sentence: N_('A message was too large')},
    'internal': {sentence: N_('Gangway itself failed')},
};

/**
 * @param {number} elapsedMs - how long something has lasted
 * @returns {string} that in its largest unit
 */
export function duration(elapsedMs) {
    const seconds = Math.floor(Math.max(elapsedMs, 0) / 1000);
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);

    if (minutes === 0)
        return fill(_('%d s'), seconds);
    if (hours === 0)
        return fill(_('%d min'), minutes);
    return hours < 24 ? fill(_('%d h'), hours) : fill(_('%d d'), Math.floor(hours / 24));
}

/**
 * @param {number} leftMs - how long it is until something
 * @returns {string} that in seconds, or minutes if there are two or more, counting what has begun
 */
export function countdown(leftMs) {
    const seconds = Math.ceil(Math.max(leftMs, 0) / 1000);

    return seconds < 120 ? fill(_('%d s'), seconds) : fill(_('%d min'), Math.ceil(seconds / 60));
}

/**
 * @param {object} account - an account
 * @returns {boolean} whether it has a trouble that only a person can end
 */
export function isBlocked(account) {
    return account.State !== 'connected' && ERRORS[account.LastErrorCode]?.short !== undefined;
}

/**
 * @param {object} account - an account
 * @returns {boolean} whether it is at rest because somebody wants it so
 */
export function isStopped(account) {
    return account.State === 'disconnected' && account.LastErrorCode === '';
}

/**
 * @param {object} account - an account
 * @param {number} nowMs - the time
 * @returns {string} its state
 */
export function stateWords(account, nowMs) {
    switch (account.State) {
    case 'connected':
        return nowMs - account.ConnectedSince < 60 * 1000
            ? _('Connected') : fill(_('Connected for %s'), duration(nowMs - account.ConnectedSince));
    case 'connecting':
        return _('Connecting…');
    case 'retrying':
        return account.RetryingAt > nowMs
            ? fill(_('Retrying in %s'), countdown(account.RetryingAt - nowMs)) : _('Retrying now');
    default:
        return isStopped(account) ? _('Stopped') : _('Waiting for a correction');
    }
}

/**
 * @param {object} account - an account
 * @param {number} nowMs - the time
 * @returns {string} what matters most about it, in two or three words
 */
export function headline(account, nowMs) {
    return isBlocked(account) ? _(ERRORS[account.LastErrorCode].short) : stateWords(account, nowMs);
}

/**
 * @param {object} account - an account
 * @returns {string} what its last error is, as a sentence; empty if there is none, or this version does not know it
 */
export function errorSentence(account) {
    const words = ERRORS[account.LastErrorCode];

    return words ? _(words.sentence) : '';
}

/**
 * @param {object} account - an account
 * @returns {string} its last error as the service tells it, fit to be shown; empty if there is none
 */
export function errorMessage(account) {
    return displayable(account.LastError);
}

/**
 * @param {object} account - an account
 * @returns {string} the platform's host
 */
export function platformHost(account) {
    try {
        return displayable(GLib.Uri.parse(account.PlatformUrl, GLib.UriFlags.NONE).get_host());
    } catch {
        return account.PlatformUrl ? displayable(account.PlatformUrl) : _('no platform yet');
    }
}
