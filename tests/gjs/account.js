// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

export const NOW_MS = 1_800_000_000_000;

/**
 * @param {object} [properties] - what is not as usual
 * @returns {object} an account as the bus has it
 */
export function account(properties = {}) {
    return {
        AccountId: 'platform',
        State: 'connecting',
        LastError: '',
        LastErrorCode: '',
        RetryingAt: 0,
        ConnectedSince: 0,
        PlatformUrl: 'wss://platform.example/relay',
        KeyStatus: 'available',
        WorkspaceAccess: 'read-write',
        AllowMethods: ['*'],
        DenyMethods: [],
        ...properties,
    };
}
