// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The library as other languages see it: a session is made and asked for its state.
imports.gi.versions.Relay = '1.0';
const {Relay} = imports.gi;

function assertEqual(actual, expected, what) {
    if (actual !== expected)
        throw new Error(`${what}: ${actual}, not ${expected}`);
}

const session = new Relay.Session({account_id: 'x'});

assertEqual(session.accountId, 'x', 'accountId');
assertEqual(session.get_account_id(), 'x', 'get_account_id ()');
assertEqual(session.state, Relay.State.DISCONNECTED, 'state');
assertEqual(session.step, Relay.Step.NONE, 'step');
assertEqual(session.lastError ?? '', '', 'lastError');
assertEqual(Relay.state_to_string(session.state), 'disconnected', 'state_to_string ()');
assertEqual(session.reconnect(), false, 'reconnect ()');
assertEqual(session instanceof Relay.Session, true, 'its type');
assertEqual(Relay.Session.new('y').accountId, 'y', 'Relay.Session.new ()');
assertEqual(new Relay.Clock() instanceof Relay.Clock, true, 'Relay.Clock');
assertEqual(Relay.Error.NO_KEY > 0, true, 'Relay.Error');

let notified = false;
session.connect('notify::state', () => (notified = true));
session.stop();
assertEqual(notified, false, 'a stop of what is stopped');
print('ok');
